"""Writes logistic.safetensors beside this file: features of eight overlapping classes, and what scikit-learn's logistic
regression makes of them. Run it with Debian's python3-sklearn to make the file again."""
import json
import pathlib
import struct

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

CLASSES, WIDTH = 8, 12
random = np.random.default_rng(7)
# Mildly correlated, so that a hundred epochs of SGD come as far as L-BFGS.
mixing = np.eye(WIDTH) + 0.3 * random.normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH)
means = 0.7 * random.normal(size=(CLASSES, WIDTH))


def draw(count):
    labels = random.integers(CLASSES, size=count)
    rows = (means[labels] + random.normal(size=(count, WIDTH))) @ mixing
    return rows.astype("<f4"), labels.astype("<i4")


train, train_labels = draw(1000)
test, test_labels = draw(600)
model = LogisticRegression(penalty=None, max_iter=10_000, tol=1e-8).fit(train, train_labels)
prediction = model.predict(test).astype("<i4")
tensors = {
    "train": train, "train_labels": train_labels, "test": test, "test_labels": test_labels, "prediction": prediction,
}
header = {"__metadata__": {"made by": f"scikit-learn {sklearn.__version__}"}}
offset = 0
for name, values in tensors.items():
    dtype = {"f": "F32", "i": "I32"}[values.dtype.kind]
    header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
    offset += values.nbytes
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
path = pathlib.Path(__file__).with_name("logistic.safetensors")
path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(values.tobytes() for values in tensors.values()))
print("top-1 %.2f %% of %d, %s iterations" % (100 * (prediction == test_labels).mean(), len(test), model.n_iter_))
