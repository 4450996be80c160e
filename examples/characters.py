"""Learn to write like a licence: a recurrent network of characters, trained on a real text.

The network reads one character after the other and predicts the next. Learning runs over windows of
the text, the derivative through all their steps included, as one native call; so does writing.

    python examples/characters.py [a text file]
"""

import os
import sys
from pathlib import Path

import numpy as np

import symc
import symc.tensor as T
from symc.tensor.shared_randomstreams import RandomStreams

HIDDEN = 128
WINDOW = 48
BATCH = 32
STEPS = 400
RATE = np.float32(0.01)
LICENCE = Path(os.__file__).parent / "LICENSE.txt"  # Python's own


def weights(rng, rows, columns, name):
    """Return a shared matrix with small random values."""
    scale = 1 / np.sqrt(rows)
    return symc.shared((scale * rng.standard_normal((rows, columns))).astype("float32"), name=name)


class Network:
    """A recurrent network: letters of an alphabet in, scores of the next letter out."""

    def __init__(self, letters):
        rng = np.random.default_rng(0)
        self.letters = letters
        self.read = weights(rng, letters, HIDDEN, "read")
        self.keep = weights(rng, HIDDEN, HIDDEN, "keep")
        self.write = weights(rng, HIDDEN, letters, "write")
        self.bias = symc.shared(np.zeros(HIDDEN, "float32"), name="bias")
        self.parameters = [self.read, self.keep, self.write, self.bias]

    def step(self, letter, state):
        """Return the state after reading letters, one for each row of states."""
        return T.tanh(self.read[letter] + T.dot(state, self.keep) + self.bias)

    def learner(self):
        """Return a function of windows (steps, batch) that learns and returns the loss in bits."""
        text = T.imatrix("text")
        start = T.zeros((text.shape[1], HIDDEN), "float32")
        states, _ = symc.scan(self.step, sequences=text[:-1], outputs_info=start)
        scores = T.dot(states.reshape((-1, HIDDEN)), self.write)
        loss = T.nnet.categorical_crossentropy(T.nnet.softmax(scores), text[1:].flatten()).mean()
        updates = adam(loss, self.parameters)
        return symc.function([text], loss / np.float32(np.log(2)), updates=updates)

    def writer(self, count):
        """Return a function of a first letter that writes `count` more."""
        random = RandomStreams(5)
        first = T.ivector("first")

        def step(letter, state):
            state = self.step(letter, state)
            chances = T.nnet.softmax(T.dot(state, self.write))
            drawn = T.argmax(random.multinomial(pvals=chances), axis=1)
            return T.cast(drawn, "int32"), state

        (letters, _), updates = symc.scan(
            step, outputs_info=[first, T.zeros((1, HIDDEN), "float32")], n_steps=count
        )
        return symc.function([first], letters[:, 0], updates=updates)


def adam(loss, parameters):
    """Return the updates of Kingma and Ba (2014)."""
    count = symc.shared(np.float32(0), name="count")
    new = count + 1
    updates = {count: new}
    for p, slope in zip(parameters, symc.grad(loss, parameters), strict=True):
        zeros = np.zeros_like(p.get_value())
        mean, square = symc.shared(zeros), symc.shared(zeros)
        updates[mean] = np.float32(0.9) * mean + np.float32(0.1) * slope
        updates[square] = np.float32(0.999) * square + np.float32(0.001) * T.sqr(slope)
        rate = RATE * T.sqrt(1 - np.float32(0.999) ** new) / (1 - np.float32(0.9) ** new)
        updates[p] = p - rate * updates[mean] / (T.sqrt(updates[square]) + np.float32(1e-8))
    return updates


def windows(codes, rng):
    """Return windows of the text at random places, one in each column."""
    places = rng.integers(0, len(codes) - WINDOW, size=BATCH)
    return np.stack([codes[k : k + WINDOW] for k in places], axis=1)


def main(path):
    """Learn from a text, saying how well, and write some."""
    text = Path(path).read_text(errors="replace")
    alphabet = sorted(set(text))
    codes = np.array([alphabet.index(letter) for letter in text], "int32")
    network = Network(len(alphabet))
    learn, rng = network.learner(), np.random.default_rng(1)
    print(f"{len(text)} characters of {len(alphabet)} kinds; bits a character:")
    losses = [float(learn(windows(codes, rng))) for _ in range(STEPS)]
    for k in range(0, STEPS, STEPS // 8):
        print(f"  steps {k + 1:3} to {k + STEPS // 8:3}: {np.mean(losses[k : k + STEPS // 8]):.2f}")
    written = network.writer(300)(codes[:1])
    print("".join(alphabet[k] for k in written))
    return losses


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else LICENCE)
