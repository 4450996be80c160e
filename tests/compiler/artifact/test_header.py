"""The header is C99 and C++11; a program that knows only it and the library gets the numbers."""

import re
import subprocess

import numpy as np
import pytest
from entries import HEADERS
from msgspec.structs import replace

from symc.compiler.artifact import Shared, Source
from symc.compiler.artifact.header import to_header
from symc.compiler.artifact.names import Names, function_identifier, identifier
from symc.compiler.artifact.shared_object import link_shared
from symc.compiler.module import Module
from symc.compiler.op import find
from symc.compiler.ops.shape import keep
from symc.compiler.value import Context
from tests.artifacts import library_of, source_of
from tests.compiler.artifact.test_specialise import dense
from tests.passes.cases import CASES
from tests.passes.modules import parameter, total

STRICT = ["-Wall", "-Wextra", "-pedantic-errors", "-Werror", "-I", HEADERS / "symc"]
C, CPP = ["cc", "-std=c99"], ["c++", "-x", "c++", "-std=c++11"]


def averages():
    """A running mean with awkward names: step(int, x y) -> class, count; mean and n are state."""
    context = Context()
    weight = parameter(context, 0, "float64", 0)
    x = parameter(context, 1, "float32", 2)
    mean = parameter(context, 2, "float64", 1, "state")
    count = parameter(context, 3, "int64", 0, "state")
    names = ("int", "x y", "running mean", "n")
    pairs = zip((weight, x, mean, count), names, strict=True)
    renamed = tuple(replace(parameter, name=name) for parameter, name in pairs)
    column = total(x.value, 0)
    new = mean.value + keep(weight.value, (0,)) * find("cast")(column, dtype="float64")
    module = Module(
        "step",
        context,
        renamed,
        (new, count.value),
        ((2, new), (3, count.value + 1)),
        tuple(context.checks),
    )
    states = Shared("running mean", np.array([0.5, 1.5, 2.5])), Shared("n", np.array(7))
    return Source("step", module, states, ("class", ""))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("header")
    library = library_of(averages(), name="step")
    (folder / "step.h").write_text(to_header(library.interface, "0.0", "host"))
    (folder / "libstep.so").write_bytes(link_shared(library.object, "libstep.so", library.target))
    return folder


def test_names():
    assert identifier("x") == "x"
    assert identifier("running mean") == "running_mean"
    assert identifier("int") == "int_"
    assert identifier("2nd") == "x2nd"
    assert identifier("größe") == "gr_e"
    assert identifier("_x__y") == "x_y"
    assert identifier("symc_status") == "symc_status_"
    assert [function_identifier(n) for n in ("f", "exp", "read", "int")] == [
        "f", "exp_", "read_", "int_",
    ]  # fmt: skip
    names = Names("work")
    assert [names.take(n, "d") for n in ("work", "", "d", "d")] == ["work_2", "d", "d_2", "d_3"]


@pytest.mark.parametrize("name", CASES)
def test_every_header_is_c_and_cpp(name, tmp_path):
    library = library_of(source_of(CASES[name])[0])
    text = to_header(library.interface, "0.0", "host")
    assert max(map(len, text.splitlines())) <= 100
    (tmp_path / "f.h").write_text(text)
    (tmp_path / "use.c").write_text('#include "f.h"\n#include "f.h"\ntypedef int something;\n')
    for command in (C, CPP):
        options = [*STRICT, "-fsyntax-only", "use.c"]
        subprocess.run([*command, *options], cwd=tmp_path, check=True)


PROGRAM = r"""
#include "step.h"
#include <stdio.h>
#include <string.h>

static void print(const symc_argument *a, const symc_function *f) {
    int32_t d;
    printf(" %s:%d/%d[", a->name, a->dtype.code, a->dtype.bits);
    for (d = 0; d < a->ndim; d++) {
        if (a->sizes[d] == SYMC_COMPUTED) printf("?");
        else if (a->sizes[d] < 0) printf("%s,", f->symbols[-1 - a->sizes[d]]);
        else printf("%d,", (int)a->sizes[d]);
    }
    printf("]");
}

static void describe(const symc_module *m) {
    uint32_t k, i;
    printf("%s %s %u\n", m->name, m->version, (unsigned)m->abi);
    for (k = 0; k < m->n_functions; k++) {
        const symc_function *f = m->functions[k];
        printf("%s | %s |", f->name, f->doc);
        for (i = 0; i < f->n_in; i++) print(&f->in[i], f);
        printf(" ->");
        for (i = 0; i < f->n_out; i++) print(&f->out[i], f);
        printf(" |");
        for (i = 0; i < f->n_state; i++) {
            print(&m->state[f->state[i]], f);
            printf("@%d", (int)m->state[f->state[i]].offset);
        }
        printf("\n");
    }
}

int main(void) {
    const symc_module *m = step_module();
    step_state state;
    const float x[2][3] = {{1, 2, 3}, {4, 5, 6}};
    const double weight = 2;
    double mean[3];
    int64_t count = 0;
    symc_status status;
    if (m->struct_size != sizeof *m) return 1;
    if (m->functions[0]->struct_size != sizeof(symc_function)) return 1;
    if (sizeof state != STEP_STATE_BYTES || m->state_bytes != sizeof state) return 2;
    describe(m);
    if (step_state_init(&state, sizeof state - 1) != SYMC_E_STATE) return 3;
    if (step_state_init(NULL, sizeof state) != SYMC_E_NULL) return 4;
    if (step_state_init((char *)&state + 1, sizeof state) != SYMC_E_ALIGN) return 5;
    if (step_state_init(&state, sizeof state) != SYMC_OK) return 6;
    status = step_flat(&weight, &x[0][0], 2, &state, mean, &count, NULL);
    printf("%d %g %g %g %d\n", (int)status, mean[0], mean[1], mean[2], (int)count);
    printf("%g %d\n", state.running_mean[1], (int)state.n[0]);
    {   /* the same through the description alone */
        const symc_function *f = m->functions[0];
        int64_t sizes[2] = {2, 3}, shape[1], got[1];
        symc_tensor a = {0}, b = {0}, c = {0}, d = {0};
        const symc_tensor *in[2];
        symc_tensor *out[2];
        in[0] = &a; in[1] = &b; out[0] = &c; out[1] = &d;
        a.data = (void *)&weight; a.dtype.code = SYMC_FLOAT; a.dtype.bits = 64; a.dtype.lanes = 1;
        b.data = (void *)x; b.dtype.code = SYMC_FLOAT; b.dtype.bits = 32; b.dtype.lanes = 1;
        b.ndim = 2; b.shape = sizes;
        c = a; c.data = mean; c.ndim = 1; c.shape = shape;
        d = a; d.data = &count; d.dtype.code = SYMC_INT;
        a.device.type = b.device.type = c.device.type = d.device.type = 1;
        if (f->infer(NULL, &state, in, got) != SYMC_OK || got[0] != 3) return 7;
        shape[0] = got[0];
        status = f->call(NULL, &state, in, out);
        printf("%d %g %d\n", (int)status, mean[2], (int)count);
        sizes[1] = 4;
        printf("%d\n", (int)f->call(NULL, &state, in, out));
    }
    return 0;
}
"""

EXPECTED = """\
step 0.0 1
step | step(int: float64[], x y: float32[x_y_0, 3]) -> (class: float64[3], out1: int64[]) \
| int:2/64[] x y:2/32[x_y_0,3,] -> class:2/64[3,] out1:0/64[] | running mean:2/64[3,]@0 n:0/64[]@24
0 10.5 15.5 20.5 7
15.5 8
0 38.5 8
-4
"""


@pytest.mark.parametrize("command", [C, CPP])
def test_a_program_runs_on_header_and_library(built, command):
    (built / "main.c").write_text(PROGRAM)
    strict = [x for x in STRICT if x != "-Wextra"] if command is CPP else STRICT
    extra = ["-Wno-missing-field-initializers"]
    options = [*strict, *extra, "main.c", "-o", "main", "-L.", "-lstep", "-Wl,-rpath,."]
    subprocess.run([*command, *options], cwd=built, check=True)
    run = subprocess.run(["./main"], cwd=built, capture_output=True, text=True, check=False)
    assert run.stdout == EXPECTED
    assert run.returncode == 0


def test_functions_without_state_take_none():
    text = to_header(library_of(dense()).interface, "0.0", "host")
    assert "f_state" not in text
    assert re.search(r"symc_status f\(const symc_host \*host, void \*state,", text)
    assert "symc_status f_flat(const double *p0, int64_t p0_0, double *y, void *work);" in text


def test_a_name_cannot_end_a_comment(tmp_path):
    source = dense()
    module = source.module
    hostile = replace(module.parameters[0], name="x */ int y; /*")
    source = replace(source, module=replace(module, parameters=(hostile, *module.parameters[1:])))
    (tmp_path / "f.h").write_text(to_header(library_of(source).interface, "0.0", "host"))
    (tmp_path / "use.c").write_text('#include "f.h"\ntypedef int something;\n')
    subprocess.run([*C, *STRICT, "-fsyntax-only", "use.c"], cwd=tmp_path, check=True)
