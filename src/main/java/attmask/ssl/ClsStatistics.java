package attmask.ssl;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;

/** What the log says of the [CLS] logits: chosen prototypes, agreement of the networks, use of the prototypes. */
final class ClsStatistics {
    private final Backend backend;
    private final int batch;
    private final Tensor teacherChoice;
    private final Tensor studentChoice;
    private final Tensor probabilities;
    private final Tensor marginal;
    private final double[] marginalHost;
    private int[] clusters;
    private int[] students;

    ClsStatistics(Backend backend, int batch, int prototypes, Arena arena) {
        this.backend = backend;
        this.batch = batch;
        teacherChoice = arena.tensor(DType.I32, 2 * batch);
        studentChoice = arena.tensor(DType.I32, 2 * batch);
        probabilities = arena.tensor(backend.real(), 2 * batch, prototypes);
        marginal = arena.tensor(backend.real(), 1, prototypes);
        marginalHost = new double[prototypes];
    }

    /** Before the student's logits ((2+L)·B, K) give way to their gradient. */
    void read(Tensor student, Tensor teacher, Tensor center, double temperature) {
        clusters = choices(teacherChoice, teacher);
        students = choices(studentChoice, student.rows(0, 2 * batch));
        backend.softmax().forward(probabilities, teacher, center, temperature);
        backend.tokenMean().forward(marginal, probabilities, 1, 0);
        backend.read(marginal, marginalHost);
    }

    private int[] choices(Tensor choice, Tensor logits) {
        backend.argMax().forward(choice, logits);
        int[] host = new int[2 * batch];
        backend.read(choice, host);
        return host;
    }

    /** The teacher's prototype for each global crop. */
    int[] clusters() {
        return clusters;
    }

    /** Images whose first crop's teacher and second crop's student agree, as iBOT logs it. */
    int agreeing() {
        int equal = 0;
        for (int i = 0; i < batch; i++) {
            equal += clusters[i] == students[batch + i] ? 1 : 0;
        }
        return equal;
    }

    /** (K) the mean teacher distribution. */
    double[] marginal() {
        return marginalHost;
    }
}
