"""Cluster metrics of scikit-learn, and the assignment of SciPy, on awkward labellings: one JSON object a line."""
import json

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix

random = np.random.default_rng(0)


def mixed(images, classes, clusters, noise):
    """Clusters that follow the classes but for a share of noise."""
    a = random.integers(classes, size=images)
    b = np.where(random.random(images) < noise, random.integers(clusters, size=images), a * 7 % clusters)
    return a, b


cases = {
    "one cluster": ([0, 1, 2, 2, 1], [4, 4, 4, 4, 4]),
    "one class": ([3, 3, 3, 3], [0, 1, 0, 2]),
    "one class, one cluster": ([3, 3, 3], [7, 7, 7]),
    "one image": ([3], [5]),
    "singleton clusters": ([0, 0, 1, 1, 2], [0, 1, 2, 3, 4]),
    "singletons on both sides": ([0, 1, 2, 3], [3, 1, 0, 2]),
    "independent": ([0, 0, 1, 1], [0, 1, 0, 1]),
    "one image apart": ([0] * 999 + [1], [0] * 998 + [1, 0]),
    # The best assignment does not give cluster 0 its most frequent class.
    "greedy is not best": ([0] * 10 + [1] * 9 + [0] * 8, [0] * 19 + [1] * 8),
    "more clusters than classes": mixed(400, 5, 60, 0.4),
    "more classes than clusters": mixed(400, 60, 5, 0.4),
    "hardly better than chance": mixed(500, 10, 64, 0.97),
}

for name, (classes, clusters) in cases.items():
    table = contingency_matrix(classes, clusters)
    rows, columns = linear_sum_assignment(table, maximize=True)
    print(json.dumps({
        "name": name,
        "classes": [int(c) for c in classes],
        "clusters": [int(c) for c in clusters],
        "nmi": float(metrics.normalized_mutual_info_score(classes, clusters)),
        "ari": float(metrics.adjusted_rand_score(classes, clusters)),
        "fowlkes_mallows": float(metrics.fowlkes_mallows_score(classes, clusters)),
        "accuracy": float(table[rows, columns].sum() / table.sum()),
        "purity": float(table.max(axis=0).sum() / table.sum()),
    }))
