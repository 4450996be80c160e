// Copies arrays of any strides to C order, by tiles where the source lies across its rows.
#include "compact.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "recycle.hpp"

namespace symc {

namespace {

// A plane of the source and where it goes: its last axis, and the one whose elements lie nearest to
// one another. Strides count bytes.
struct Plane {
    npy_intp rows, columns;
    npy_intp from_row, from_column;
    npy_intp to_row;
};

// Copy row by row, where elements of a row lie nearest to one another.
template <npy_intp item>
void copy_rows(char* to, const char* from, const Plane& plane) noexcept {
    for (npy_intp i = 0; i < plane.rows; ++i, to += plane.to_row, from += plane.from_row) {
        if (plane.from_column == item) {
            std::memcpy(to, from, static_cast<std::size_t>(plane.columns * item));
            continue;
        }
        for (npy_intp j = 0; j < plane.columns; ++j)
            std::memcpy(to + j * item, from + j * plane.from_column, item);
    }
}

// Copy a tile by way of buffers: a line of the cache is read whole, and one is written whole, so that
// none has to stay, however many lie in the same set.
template <npy_intp item, npy_intp side>
void copy_whole(char* to, const char* from, const Plane& plane) noexcept {
    char read[side][side][item], tile[side][side][item];
    for (npy_intp j = 0; j < side; ++j)
        std::memcpy(read[j], from + j * plane.from_column, side * item);
    for (npy_intp i = 0; i < side; ++i)
        for (npy_intp j = 0; j < side; ++j) std::memcpy(tile[i][j], read[j][i], item);
    for (npy_intp i = 0; i < side; ++i)
        std::memcpy(to + i * plane.to_row, tile[i], side * item);
}

template <npy_intp item>
void copy_part(char* to, const char* from, const Plane& plane) noexcept {
    for (npy_intp i = 0; i < plane.rows; ++i)
        for (npy_intp j = 0; j < plane.columns; ++j)
            std::memcpy(to + i * plane.to_row + j * item,
                        from + i * plane.from_row + j * plane.from_column, item);
}

template <npy_intp item>
void copy_block(char* to, const char* from, const Plane& plane) noexcept {
    constexpr npy_intp side = 64 / item;
    for (npy_intp j = 0; j < plane.columns; j += side)
        for (npy_intp i = 0; i < plane.rows; i += side) {
            Plane part = plane;
            part.rows = std::min(side, plane.rows - i);
            part.columns = std::min(side, plane.columns - j);
            char* const there = to + i * plane.to_row + j * item;
            const char* const here = from + i * plane.from_row + j * plane.from_column;
            const bool whole = part.rows == side && part.columns == side && part.from_row == item;
            whole ? copy_whole<item, side>(there, here, part) : copy_part<item>(there, here, part);
        }
}

// Copy block by block: the pages of one stay in the table of translations.
template <npy_intp item>
void copy_plane(char* to, const char* from, const Plane& plane) noexcept {
    if (std::abs(plane.from_column) <= std::abs(plane.from_row) || plane.rows == 1)
        return copy_rows<item>(to, from, plane);
    constexpr npy_intp side = 64;
    for (npy_intp i = 0; i < plane.rows; i += side)
        for (npy_intp j = 0; j < plane.columns; j += side) {
            Plane part = plane;
            part.rows = std::min(side, plane.rows - i);
            part.columns = std::min(side, plane.columns - j);
            copy_block<item>(to + i * plane.to_row + j * item,
                             from + i * plane.from_row + j * plane.from_column, part);
        }
}

template <npy_intp item>
class Copying {
  public:
    Copying(PyArrayObject* from, PyArrayObject* to) noexcept
        : last_(PyArray_NDIM(from) - 1), near_(nearest(from)), from_(from), to_(to) {}

    void run() noexcept { walk(0, PyArray_BYTES(to_), PyArray_BYTES(from_)); }

  private:
    // The axis before the last along which elements lie nearest to one another; -1 for a line.
    static int nearest(PyArrayObject* from) noexcept {
        if (PyArray_NDIM(from) == 1) return -1;
        int found = 0;
        for (int axis = 1; axis + 1 < PyArray_NDIM(from); ++axis)
            if (PyArray_DIM(from, axis) > 1 &&
                std::abs(PyArray_STRIDE(from, axis)) < std::abs(PyArray_STRIDE(from, found)))
                found = axis;
        return found;
    }

    void walk(int axis, char* to, const char* from) noexcept {
        if (axis == near_) return walk(axis + 1, to, from);
        if (axis >= last_) {
            Plane plane{1, PyArray_DIM(from_, last_), 0, PyArray_STRIDE(from_, last_), 0};
            if (near_ >= 0) {
                plane.rows = PyArray_DIM(from_, near_);
                plane.from_row = PyArray_STRIDE(from_, near_);
                plane.to_row = PyArray_STRIDE(to_, near_);
            }
            return copy_plane<item>(to, from, plane);
        }
        for (npy_intp k = 0; k < PyArray_DIM(from_, axis); ++k)
            walk(axis + 1, to + k * PyArray_STRIDE(to_, axis),
                 from + k * PyArray_STRIDE(from_, axis));
    }

    int last_, near_;
    PyArrayObject *from_, *to_;
};

}  // namespace

PyObject* compact(PyArrayObject* array) noexcept {
    PyArray_Descr* dtype = PyArray_DESCR(array);
    Py_INCREF(reinterpret_cast<PyObject*>(dtype));  // the new array takes it
    PyObject* made = recycle::make_array(dtype, PyArray_NDIM(array), PyArray_DIMS(array));
    if (made == nullptr || PyArray_SIZE(array) == 0) return made;
    auto* to = reinterpret_cast<PyArrayObject*>(made);
    switch (PyArray_ITEMSIZE(array)) {
        case 1: Copying<1>(array, to).run(); break;
        case 2: Copying<2>(array, to).run(); break;
        case 4: Copying<4>(array, to).run(); break;
        case 8: Copying<8>(array, to).run(); break;
        default: Copying<16>(array, to).run();
    }
    return made;
}

}  // namespace symc
