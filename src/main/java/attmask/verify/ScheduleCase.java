package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.config.LossConfig;
import attmask.config.OptimizerConfig;
import attmask.ops.Backend;
import attmask.optim.Schedule;
import attmask.optim.Schedules;

/** Learning rate, weight decay and teacher momentum of every step, teacher temperature of every epoch. */
final class ScheduleCase implements GoldenCase {
    /** Schedules are in double precision on every backend. */
    private static final double BOUND = 1e-9;

    @Override
    public void run(SafeTensors file, Backend backend, Findings findings) {
        GoldenModel golden = new GoldenModel(file);
        double warmupTemp = golden.number("warmup_teacher_temp");
        double temp = golden.number("teacher_temp");
        int tempEpochs = golden.integer("warmup_teacher_temp_epochs");
        LossConfig loss = new LossConfig(1, 1, 0.1, warmupTemp, temp, warmupTemp, temp, tempEpochs, 0.9);
        OptimizerConfig optimizer = new OptimizerConfig(
                golden.number("lr"),
                golden.number("min_lr"),
                golden.integer("warmup_epochs"),
                golden.number("weight_decay"),
                golden.number("weight_decay_end"),
                0,
                0,
                golden.number("momentum_teacher"));
        Schedules schedules = Schedules.of(
                golden.integer("epochs"), golden.integer("steps_per_epoch"), golden.number("lr"), optimizer, loss);
        compare(file, findings, "lr", schedules.learningRate());
        compare(file, findings, "weight_decay", schedules.weightDecay());
        compare(file, findings, "momentum", schedules.teacherMomentum());
        compare(file, findings, "teacher_temp", schedules.teacherTemp());
    }

    private static void compare(SafeTensors file, Findings findings, String name, Schedule schedule) {
        double[] values = new double[schedule.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = schedule.at(i);
        }
        findings.add(name, Findings.absolutePlusRelative(values, file.doubles("expect/" + name)), BOUND);
    }
}
