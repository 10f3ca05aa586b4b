package attmask.ssl;

import attmask.config.HeadConfig;
import attmask.config.LossConfig;
import attmask.config.ModelConfig;
import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.nn.VisionTransformer.AttentionTap;
import attmask.ops.Backend;
import attmask.ops.MicroBatch;
import attmask.optim.Optimizer;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One training step of iBOT with AttMask, of DINO or of MST, and everything it learns: student, teacher, centers,
 * optimiser.
 *
 * <p>DINO is {@code patchWeight} 0: the patch path is then left out. MST is that with {@code restorationWeight}. All memory is planned by the constructor and taken
 * by {@link #allocate}; a step allocates nothing on the device.
 */
public final class SelfDistillation implements AutoCloseable {
    /** What one update needs to know; all of it follows from the schedules. */
    public record Update(
            double learningRate, double weightDecay, double clip, boolean freezeLastLayer, double teacherMomentum) {}

    private final Backend backend;
    private final LossConfig loss;
    private final CropSet crops;
    private final Arena studentArena = new Arena("student parameters");
    private final Arena gradientArena = new Arena("gradients");
    private final Arena momentArena = new Arena("optimiser state");
    private final Arena teacherArena = new Arena("teacher parameters, centers");
    private final Arena activationArena = new Arena("student activations");
    private final Arena teacherActivationArena = new Arena("teacher activations");
    private final Arena inputArena = new Arena("crops, masks, losses");
    private final Student student;
    private final Teacher teacher;
    private final Centers centers;
    private final Optimizer optimizer;
    private final ClsLoss clsLoss;
    private final PatchLoss patchLoss;
    private final ClsStatistics statistics;
    private final StepSums sums;
    private final Tensor globals;
    private final Tensor locals;
    private final Tensor mask;

    /**
     * Plans the memory.
     *
     * @param scoreLayer block whose attention the masks are chosen by; −1 the last
     * @param maskCapacity largest number of masked tokens in a step
     */
    public SelfDistillation(
            Backend backend,
            ModelConfig model,
            HeadConfig head,
            LossConfig loss,
            CropSet crops,
            int scoreLayer,
            int maskCapacity) {
        this.backend = backend;
        this.loss = loss;
        this.crops = crops;
        boolean patches = loss.patchWeight() > 0;
        int layer = scoreLayer < 0 ? model.depth() - 1 : scoreLayer;
        student = new Student(
                backend, model, head, loss, crops, maskCapacity, studentArena, gradientArena, activationArena);
        teacher = new Teacher(
                backend, model, head, crops, patches, layer, maskCapacity, teacherArena, teacherActivationArena);
        centers = new Centers(backend, head, crops.parts(), teacherArena, teacherActivationArena);
        optimizer = new Optimizer(backend, student.parameters(), student.gradients(), momentArena);
        clsLoss = new ClsLoss(backend, crops, loss.clsWeight(), inputArena);
        patchLoss = new PatchLoss(backend, loss.patchWeight(), crops.parts(), patches ? maskCapacity : 0, inputArena);
        statistics = new ClsStatistics(backend, crops.batch(), head.prototypes(), inputArena);
        sums = new StepSums(crops, head.prototypes());
        globals = images(
                crops.globalImages(), crops.global().height(), crops.global().width());
        locals = crops.locals() == 0
                ? null
                : images(
                        crops.localImages(),
                        crops.local().height(),
                        crops.local().width());
        mask = inputArena.tensor(
                DType.U8, teacher.scores().dim(0), teacher.scores().dim(1));
    }

    private Tensor images(int count, int height, int width) {
        return inputArena.tensor(backend.real(), count, 3, height, width);
    }

    /** The planned pieces of memory, for the table that is shown before they are taken. */
    public List<Arena> arenas() {
        return List.of(
                studentArena,
                gradientArena,
                momentArena,
                teacherArena,
                activationArena,
                teacherActivationArena,
                inputArena);
    }

    /** Takes the memory. */
    public SelfDistillation allocate() {
        arenas().forEach(arena -> arena.allocate(backend::allocate));
        student.prepare();
        teacher.prepare();
        clsLoss.prepare();
        patchLoss.prepare();
        return this;
    }

    /** Draws the student's start; the teacher starts as its copy. */
    public void initialize(long seed) {
        student.parameters().initialize(backend, seed);
        copyStudentToTeacher();
    }

    /** The teacher becomes equal to the student. */
    public void copyStudentToTeacher() {
        backend.copy(teacher.parameters().flat(), sharedWithTeacher());
    }

    /** The student's parameters that the teacher has too: all but those that come last, mask token and decoder. */
    private Tensor sharedWithTeacher() {
        return student.parameters()
                .flat()
                .slice(0, teacher.parameters().layout().elements());
    }

    /** {@link #forwardBackward(MicroBatch, Temperatures, MaskChooser, AttentionTap)} of a step in one part. */
    public Losses forwardBackward(Temperatures temperatures, MaskChooser masks) {
        return forwardBackward(temperatures, masks, AttentionTap.NONE);
    }

    /** The same. */
    public Losses forwardBackward(Temperatures temperatures, MaskChooser masks, AttentionTap tap) {
        return forwardBackward(crops.part(0), temperatures, masks, tap);
    }

    /**
     * Losses and gradients of the crops in {@link #globals} and {@link #locals}; nothing learned changes. Parts of a step
     * follow each other; after the last, all is as if they had been one.
     *
     * @param tap sees the teacher's attention
     * @return losses of the parts so far
     */
    public Losses forwardBackward(MicroBatch part, Temperatures temperatures, MaskChooser masks, AttentionTap tap) {
        int[] counts = teacher.forward(globals, masks, mask, student.maskedRows(), tap);
        int masked = counts == null ? 0 : IntStream.of(counts).sum();
        boolean patches = masked > 0 && loss.patchWeight() > 0;
        student.forward(
                locals == null ? List.of(globals) : List.of(globals, locals),
                counts == null ? null : mask,
                patches ? counts : new int[0]);
        statistics.read(student.clsLogits(), teacher.clsLogits(), centers.cls(), temperatures.teacher());
        RowLoss.Sum cls = clsLoss.replaceWithGradient(
                student.clsLogits(), teacher.clsLogits(), centers.cls(), temperatures.cls());
        RowLoss.Sum patch = RowLoss.Sum.NONE;
        if (patches) {
            patch = patchLoss.replaceWithGradient(
                    student.patchLogits(),
                    teacher.patchLogits(student.maskedRows(), masked),
                    counts,
                    centers.patch(),
                    temperatures.patch());
        }
        student.backward(student.clsLogits(), student.patchLogits(), part.index() == 0);
        centers.gather(teacher, loss.patchWeight() > 0, part);
        sums.add(part, statistics, cls, patch, student.restorationLoss(), masked, mask.count());
        return sums.losses();
    }

    /**
     * Optimiser, centers and teacher, after {@link #forwardBackward}. A step with a loss, a gradient or a mean for the
     * centers that is not finite changes none of them.
     *
     * @return the name of what is not finite: a loss, a center, or the parameter whose gradient it is
     */
    public Optional<String> update(Update update) {
        Optional<String> offending = nonFinite(update.clip());
        if (offending.isPresent()) {
            return offending;
        }
        optimizer.step(update.learningRate(), update.weightDecay(), update.freezeLastLayer());
        centers.update(loss.patchWeight() > 0, loss.centerMomentum());
        backend.ema().update(teacher.parameters().flat(), sharedWithTeacher(), update.teacherMomentum());
        return offending;
    }

    /**
     * What of a step, after {@link #forwardBackward}, is not finite. Clips the gradients; nothing learned changes.
     *
     * @return as {@link #update}
     */
    public Optional<String> nonFinite(double clip) {
        return sums.losses()
                .nonFinite()
                .or(() -> asBackwardReaches(optimizer.clip(clip)).stream()
                        .findFirst()
                        .map(Parameter::name))
                .or(() -> centers.nonFinite(loss.patchWeight() > 0));
    }

    /**
     * What of all that is learned is not finite: student, teacher, moments, centers.
     *
     * @return its name in a checkpoint, such as student/cls_token
     */
    public Optional<String> nonFiniteState() {
        return nonFinite("student/", student.parameters())
                .or(() -> nonFinite("teacher/", teacher.parameters()))
                .or(() -> nonFinite("optimizer/first/", optimizer.firstMoments()))
                .or(() -> nonFinite("optimizer/second/", optimizer.secondMoments()))
                .or(centers::nonFiniteCenter);
    }

    private Optional<String> nonFinite(String prefix, Parameters values) {
        return optimizer.nonFinite(values).map(parameter -> prefix + parameter.name());
    }

    /** Parameters of the student as backward reaches them: the last first, but at the end those that it has alone. */
    public List<Parameter> asBackwardReaches(List<Parameter> parameters) {
        long shared = teacher.parameters().layout().elements();
        List<Parameter> reached = new ArrayList<>();
        List<Parameter> alone = new ArrayList<>();
        for (Parameter parameter : parameters) {
            (parameter.segment().offset() < shared ? reached : alone).add(parameter);
        }
        Collections.reverse(reached);
        reached.addAll(alone);
        return reached;
    }

    /** Draws the student's drop-path factors for a step in one part. */
    public void dropPath(long seed, int step) {
        dropPath(seed, step, crops.part(0));
    }

    /** Draws the student's drop-path factors for a part of a step. */
    public void dropPath(long seed, int step, MicroBatch part) {
        student.dropPath(seed, step, part);
    }

    public CropSet crops() {
        return crops;
    }

    /** Input: global crops (2B, 3, H, W), crop by crop. */
    public Tensor globals() {
        return globals;
    }

    /** Input: local crops (L·B, 3, h, w), crop by crop; null if there are none. */
    public Tensor locals() {
        return locals;
    }

    /** The masks of the last step, (2B, N) bytes. */
    public Tensor mask() {
        return mask;
    }

    /** The teacher's [CLS] attention of the last step, (2B, N), if the masks needed it. */
    public Tensor scores() {
        return teacher.scores();
    }

    /** (2B·T, D). */
    public Tensor teacherTokens() {
        return teacher.tokens();
    }

    /** (2B, K). */
    public Tensor teacherClsLogits() {
        return teacher.clsLogits();
    }

    /** ((2+L)·B, K): of the loss by the student's [CLS] logits, after {@link #forwardBackward}. */
    public Tensor clsLogitGradients() {
        return student.clsLogits();
    }

    public Parameters studentParameters() {
        return student.parameters();
    }

    public Parameters gradients() {
        return student.gradients();
    }

    public Parameters teacherParameters() {
        return teacher.parameters();
    }

    public Centers centers() {
        return centers;
    }

    public Optimizer optimizer() {
        return optimizer;
    }

    @Override
    public void close() {
        arenas().forEach(Arena::close);
    }
}
