"""Learn handwritten digits, compile what was learnt to a shared object, and let C use it.

The network is trained on scikit-learn's 8x8 digits. The predictor becomes a shared object, with
which the C program digits.c classifies digits that training has not seen; no Python is in it.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np

import symc
import symc.tensor as T

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "digits"
LEARNT = BUILD / "learnt.npz"
TEST = BUILD / "test.bin"

HIDDEN = 64
EPOCHS = 60
BATCH = 50
HELD_OUT = 450


def network(x, w1, b1, w2, b2):
    """Return the probabilities of the ten classes for rows of 64 pixels."""
    hidden = T.tanh(T.dot(x, w1) + b1)
    return T.nnet.softmax(T.dot(hidden, w2) + b2)


def predict(x: T.fmatrix):
    """Return class and probability for rows of pixels; `symc compile` makes a library of this."""
    with np.load(LEARNT) as learnt:
        p = network(x, *learnt.values())
    digit = T.argmax(p, axis=1)
    digit.name = "digit"
    probability = T.max(p, axis=1)
    probability.name = "probability"
    return [digit, probability]


def load():
    """Return pixels from 0 to 1 and labels, shuffled, as a part to learn from and one held out."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(pixels))
    pixels, labels = (pixels[order] / 16).astype("float32"), labels[order].astype("int32")
    return pixels[HELD_OUT:], labels[HELD_OUT:], pixels[:HELD_OUT], labels[:HELD_OUT]


def shared_weights():
    """Return the network's weights with their first values."""
    rng = np.random.default_rng(1)

    def weights(rows, columns, name):
        values = rng.normal(size=(rows, columns)) / np.sqrt(rows)
        return symc.shared(values.astype("float32"), name=name)

    def bias(size, name):
        return symc.shared(np.zeros(size, "float32"), name=name)

    return [
        weights(64, HIDDEN, "w1"),
        bias(HIDDEN, "b1"),
        weights(HIDDEN, 10, "w2"),
        bias(10, "b2"),
    ]


def train():
    """Learn the weights, showing progress; save them and return the accuracy on unseen digits."""
    pixels, labels, test_pixels, test_labels = load()
    x, y = T.fmatrix("x"), T.ivector("y")
    parameters = shared_weights()
    p = network(x, *parameters)
    cost = T.mean(T.nnet.categorical_crossentropy(p, y))
    rate, momentum = np.float32(0.1), np.float32(0.9)
    updates = []
    for parameter, gradient in zip(parameters, symc.grad(cost, parameters), strict=True):
        speed = symc.shared(np.zeros_like(parameter.get_value()), name=f"{parameter.name} speed")
        step = momentum * speed - rate * gradient
        updates += [(speed, step), (parameter, parameter + step)]
    learn = symc.function([x, y], cost, updates=updates, name="learn")
    accuracy = symc.function([x, y], T.mean(T.eq(T.argmax(p, axis=1), y)), name="accuracy")

    rng = np.random.default_rng(2)
    for epoch in range(1, EPOCHS + 1):
        order = rng.permutation(len(pixels))
        batches = [order[k : k + BATCH] for k in range(0, len(order), BATCH)]
        mean = np.mean([learn(pixels[rows], labels[rows]) for rows in batches])
        known = 100 * float(accuracy(test_pixels, test_labels))
        show(epoch, f"cost {mean:.4f}  held-out accuracy {known:.1f} %")
    save(parameters, test_pixels, test_labels)
    return known


def show(epoch, text):
    """Show the progress on one line of a terminal; elsewhere every tenth epoch on a line."""
    line = f"epoch {epoch:2}/{EPOCHS}  {text}"
    if sys.stdout.isatty():
        print(f"\r{line}", end="\n" if epoch == EPOCHS else "", flush=True)
    elif epoch % 10 == 0:
        print(line, flush=True)


def save(parameters, test_pixels, test_labels):
    """Keep the weights for `predict`, and the digits held out for the C program."""
    BUILD.mkdir(parents=True, exist_ok=True)
    np.savez(LEARNT, *[parameter.get_value() for parameter in parameters])
    pairs = zip(test_pixels, test_labels, strict=True)
    TEST.write_bytes(b"".join(row.tobytes() + label.tobytes() for row, label in pairs))


def run(*command):
    """Run a command, showing it; paths are shown from where we are."""
    parts = [os.path.relpath(part) if isinstance(part, Path) else part for part in command]
    shown = [Path(part).name if part == sys.executable else part for part in parts]
    print("$", shlex.join(shown), flush=True)
    subprocess.run(parts, check=True)


def main():
    """Train in Python, compile the predictor, predict in C."""
    if train() < 96:
        sys.exit("the network did not learn: held-out accuracy below 96 %")
    library, program = BUILD / "libpredict.so", BUILD / "digits"
    model = os.path.relpath(__file__)
    run(sys.executable, "-m", "symc", "compile", f"{model}:predict", "-o", library)
    options = ["-std=c11", "-O2", "-I", BUILD, "-Wl,-rpath,$ORIGIN"]
    run("cc", *options, HERE / "digits.c", library, "-o", program)
    run(program, TEST)


if __name__ == "__main__":
    main()
