package attmask.train;

import attmask.config.TrainConfig;
import attmask.data.CropFeed;
import attmask.data.TrainingBatch;
import attmask.nn.VisionTransformer.AttentionTap;
import attmask.ops.Backend;
import attmask.ops.MicroBatch;
import attmask.optim.Schedules;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import attmask.ssl.Temperatures;

/** Forward and backward of a run's steps, each in its parts: all that follows from settings, crops and step. */
final class StepPass {
    private final TrainConfig config;
    private final SelfDistillation learned;
    private final Schedules schedules;
    private final Masks masks;
    private final int stepsPerEpoch;

    StepPass(TrainConfig config, Backend backend, SelfDistillation learned, Schedules schedules, int stepsPerEpoch) {
        this.config = config;
        this.learned = learned;
        this.schedules = schedules;
        this.stepsPerEpoch = stepsPerEpoch;
        masks = new Masks(MemoryPlan.masker(config), backend);
    }

    /**
     * Losses of all parts of a step, and the gradients of their sum.
     *
     * @param step from 0
     * @param images gets those of the step
     * @param eachPart done after the backward of each
     */
    Losses run(CropFeed feed, StepImages images, int step, Runnable eachPart) {
        int epoch = step / stepsPerEpoch;
        Temperatures temperatures = new Temperatures(
                schedules.teacherTemp().at(epoch),
                schedules.teacherPatchTemp().at(epoch),
                config.loss().studentTemp());
        Losses losses = null;
        for (int i = 0; i < config.run().accumulate(); i++) {
            MicroBatch part = learned.crops().part(i);
            TrainingBatch batch = feed.next(learned.globals(), learned.locals());
            images.add(batch);
            batch.release();
            learned.dropPath(config.run().seed(), step, part);
            losses = learned.forwardBackward(
                    part, temperatures, masks.at(step, part, config.masks(epoch)), AttentionTap.NONE);
            eachPart.run();
        }
        return losses;
    }
}
