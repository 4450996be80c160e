/* The floor of a call: takes an array, gives a new one of ten numbers, computes nothing. */
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <numpy/arrayobject.h>

static PyObject *call(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
  (void)self; (void)arguments; (void)count;
  npy_intp size = 10;
  return PyArray_SimpleNew(1, &size, NPY_DOUBLE);
}

static PyMethodDef methods[] = {
    {"call", (PyCFunction)(void (*)(void))call, METH_FASTCALL, "Return a new array."}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "empty", 0, -1, methods, 0, 0, 0, 0};

PyMODINIT_FUNC PyInit_empty(void) {
  import_array();
  return PyModule_Create(&module);
}
