package attmask.eval;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jgrapht.alg.matching.MaximumWeightBipartiteMatching;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleWeightedGraph;

/** Accuracy of clusters once each is given a class: one class of its own, or its most frequent one. */
final class ClusterAssignment {
    private ClusterAssignment() {}

    /**
     * Share of images whose cluster is assigned to their class, by the best assignment of clusters to classes in which
     * each is used once at most (Hungarian accuracy). Over the cells that hold images it is the bipartite matching of
     * largest weight: 1.3 million images in 8192 clusters and 1000 classes take three seconds.
     */
    static double accuracy(Contingency table) {
        SimpleWeightedGraph<Integer, DefaultWeightedEdge> graph = new SimpleWeightedGraph<>(DefaultWeightedEdge.class);
        Set<Integer> classes = new LinkedHashSet<>();
        Set<Integer> clusters = new LinkedHashSet<>();
        for (int i = 0; i < table.classes(); i++) {
            classes.add(i);
            graph.addVertex(i);
        }
        for (int j = 0; j < table.clusters(); j++) {
            clusters.add(table.classes() + j);
            graph.addVertex(table.classes() + j);
        }
        for (int cell = 0; cell < table.cells().length; cell++) {
            DefaultWeightedEdge edge =
                    graph.addEdge(table.cellClass()[cell], table.classes() + table.cellCluster()[cell]);
            graph.setEdgeWeight(edge, table.cells()[cell]);
        }
        return new MaximumWeightBipartiteMatching<>(graph, classes, clusters)
                        .getMatching()
                        .getWeight()
                / table.n();
    }

    /** Share of images that are of their cluster's most frequent class. */
    static double purity(Contingency table) {
        Map<Integer, Long> most = new HashMap<>();
        for (int cell = 0; cell < table.cells().length; cell++) {
            most.merge(table.cellCluster()[cell], table.cells()[cell], Math::max);
        }
        return most.values().stream().mapToLong(Long::longValue).sum() / (double) table.n();
    }
}
