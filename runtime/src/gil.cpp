// Giving the GIL away and getting it back, also while the interpreter ends.
#include "gil.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace symc::gil {

namespace {

using namespace std::chrono_literals;

std::atomic<bool> leaving{false};
std::atomic<int> regaining{0};  // threads on their way through Python's own wait for the GIL
std::thread::id last_thread;    // the one that ends the interpreter; written before `leaving`

// The threads counted do not exist in a child.
[[maybe_unused]] const int at_fork = pthread_atfork(nullptr, nullptr, [] { regaining = 0; });

// Runs first thing when the interpreter ends, with the GIL held. Threads that wait for it within
// Python by then are let through; those that come later are caught before.
PyObject* leave(PyObject*, PyObject*) {
    last_thread = std::this_thread::get_id();
    leaving = true;
    Py_BEGIN_ALLOW_THREADS;
    while (regaining != 0) std::this_thread::sleep_for(100us);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

PyMethodDef leave_method = {"leave", leave, METH_NOARGS, nullptr};

}  // namespace

void regain(PyThreadState* state) noexcept {
    ++regaining;
    if (leaving && std::this_thread::get_id() != last_thread) {
        --regaining;
        for (;;) std::this_thread::sleep_for(1h);
    }
    PyEval_RestoreThread(state);
    --regaining;
}

bool watch_exit() noexcept {
    const auto function = Ref<>::steal(PyCFunction_NewEx(&leave_method, nullptr, nullptr));
    const auto atexit = Ref<>::steal(PyImport_ImportModule("atexit"));
    return function && atexit &&
           Ref<>::steal(PyObject_CallMethod(atexit.get(), "register", "O", function.get()));
}

}  // namespace symc::gil
