"""Operations such as manuals have them: tests of several files use them."""

import numpy as np

import symc as theano
from symc import tensor


class Doubled(theano.Op):
    """Twice the operand; make_node says the types."""

    __props__ = ()

    def make_node(self, x):
        x = tensor.as_tensor_variable(x)
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        x = inputs[0]
        z = output_storage[0]
        z[0] = x * 2

    def infer_shape(self, node, i0_shapes):
        return i0_shapes

    def grad(self, inputs, output_grads):
        return [output_grads[0] * 2]

    def R_op(self, inputs, eval_points):
        if eval_points[0] is None:
            return eval_points
        return self.grad(inputs, eval_points)


class Line(theano.gof.Op):
    """a * x + b, equal where a and b are."""

    __props__ = ("a", "b")
    itypes, otypes = [tensor.dmatrix], [tensor.dmatrix]

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = self.a * inputs[0] + self.b

    def infer_shape(self, node, shapes):
        return shapes

    def grad(self, inputs, output_grads):
        return [self.a * output_grads[0]]


class SumAndDifference(theano.Op):
    """Two results of two operands."""

    __props__ = ()

    def make_node(self, x, y):
        x, y = tensor.as_tensor_variable(x), tensor.as_tensor_variable(y)
        return theano.Apply(self, [x, y], [x.type(), x.type()])

    def perform(self, node, inputs, output_storage):
        x, y = inputs
        output_storage[0][0] = x + y
        output_storage[1][0] = x - y

    def infer_shape(self, node, shapes):
        return [shapes[0], shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        total, difference = (
            0 if isinstance(g.type, theano.gradient.DisconnectedType) else g for g in output_grads
        )
        return [total + difference, total - difference]


class Positive(theano.Op):
    """The positive elements, and how many there are: sizes that only the values tell."""

    __props__ = ()
    itypes, otypes = [tensor.dvector], [tensor.dvector, tensor.lscalar]

    def perform(self, node, inputs, output_storage):
        chosen = inputs[0][inputs[0] > 0]
        output_storage[0][0] = chosen
        output_storage[1][0] = np.asarray(len(chosen))


class Square(theano.Op):
    """The square, whose gradient is made of another operation of the user's."""

    __props__ = ()

    def make_node(self, x):
        x = tensor.as_tensor_variable(x)
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] ** 2

    def L_op(self, inputs, outputs, output_grads):
        return [Doubled()(inputs[0]) * output_grads[0]]
