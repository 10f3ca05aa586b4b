package attmask.soak;

import attmask.checkpoint.Checkpoint;
import attmask.checkpoint.LastCheckpoints;
import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.testkit.Child;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code make soak}: one training of hours on small images, with faults from outside at random, and what it holds of memory,
 * threads and files meanwhile. At the end its images are taken away; it is resumed, and asked to stop.
 */
public final class Soak {
    /** The heap is taken at once, so that resident memory grows by what is beside it; the heap is looked at itself. */
    private static final List<String> JAVA = List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch");

    private static final List<String> TINY = List.of(
            "--device=cpu",
            "--width=48",
            "--depth=2",
            "--heads=2",
            "--patch=4",
            "--image-size=32",
            "--local-size=16",
            "--batch=16",
            "--threads=1",
            "--workers=1",
            "--epochs=100000",
            "--eval-every=1",
            "--keep-every=0",
            "--checkpoint-every-steps=50",
            "--cache-bytes=0",
            "--dashboard=0",
            "--tensorboard=on",
            "--set=run.knn=10",
            "--set=head.hidden=64",
            "--set=head.bottleneck=32",
            "--set=head.prototypes=512");

    private static final int TRAIN_IMAGES = 1600;
    private static final int VALIDATION_IMAGES = 80;
    private static final double SECONDS_PER_HOUR = 3600;
    private static final int LONGEST_PAUSE_MILLIS = 8000;
    private static final Pattern DASHBOARD = Pattern.compile("dashboard http://127\\.0\\.0\\.1:(\\d+)/");
    private static final int STOPPED_BY_TERM = 143;

    private final Path work;
    private final double seconds;
    private final RandomStream random;
    private final Map<String, Integer> counts = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();
    private volatile boolean interrupted;

    private Soak(Path work, double hours, int seed) {
        this.work = work;
        seconds = hours * SECONDS_PER_HOUR;
        random = new RandomStream(seed, Purpose.TEST, 0, 0);
    }

    /** @param args hours; an empty folder, or one of an earlier soak; seed */
    public static void main(String[] args) throws IOException, InterruptedException {
        Soak soak = new Soak(Path.of(args[1]).toAbsolutePath(), Double.parseDouble(args[0]), Integer.parseInt(args[2]));
        Thread main = Thread.currentThread();
        Thread summary = new Thread(() -> soak.interrupt(main));
        Runtime.getRuntime().addShutdownHook(summary);
        boolean flat = soak.run();
        if (!soak.interrupted) {
            System.exit(flat ? 0 : 1);
        }
    }

    /** Ctrl-C: the summary comes before the end. */
    private void interrupt(Thread main) {
        interrupted = true;
        try {
            main.join(TimeUnit.MINUTES.toMillis(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean run() throws IOException, InterruptedException {
        Path folder = Files.createDirectories(work.resolve("disk"));
        Optional<SmallDisk> disk = SmallDisk.at(folder);
        if (disk.isEmpty()) {
            System.out.println("no file system of its own (needs root): no full disk, no read-only folder");
        }
        try {
            Path run = folder.resolve("run");
            Images images = new Images(work.resolve("images"), random, TRAIN_IMAGES, VALIDATION_IMAGES);
            List<Sample> samples = soak(run, images, disk);
            Trends trends = new Trends(samples, samples.get(samples.size() - 1).seconds());
            problems.addAll(trends.problems());
            String result = trends.summary() + "faults " + counts + "\n"
                    + (problems.isEmpty() ? trends.verdict() : "NOT FLAT: " + String.join("; ", problems)) + "\n";
            Files.writeString(work.resolve("summary.txt"), result);
            System.out.print(result);
            return problems.isEmpty();
        } finally {
            if (disk.isPresent()) {
                disk.get().close();
            }
        }
    }

    private List<Sample> soak(Path run, Images images, Optional<SmallDisk> disk)
            throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("train", "--output=" + run, "--data=" + images.folder()));
        line.addAll(TINY);
        List<Sample> samples;
        try (Child trainer = Child.start(work.resolve("train.txt"), JAVA, line)) {
            trainer.await(() -> DASHBOARD.matcher(trainer.output()).find());
            Matcher address = DASHBOARD.matcher(trainer.output());
            Clients clients = new Clients(address.find() ? Integer.parseInt(address.group(1)) : 0, random);
            trainer.await(() -> Files.exists(run.resolve("checkpoint-previous.safetensors")));
            Faults faults = new Faults(work, run, images, clients, trainer, disk, random);
            try (Sampler sampler = new Sampler(trainer.pid(), work.resolve("samples.csv"), seconds)) {
                disturb(trainer, faults, sampler);
                samples = sampler.samples();
            }
            end(trainer, run, images);
        }
        resume(run);
        return samples;
    }

    private void disturb(Child trainer, Faults faults, Sampler sampler) throws IOException, InterruptedException {
        try (PrintStream log =
                new PrintStream(Files.newOutputStream(work.resolve("faults.log")), true, StandardCharsets.UTF_8)) {
            while (trainer.alive() && !interrupted && sampler.seconds() < seconds) {
                Thread.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
                Map.Entry<String, Faults.Fault> fault = faults.next();
                String outcome;
                try {
                    outcome = fault.getValue().inject();
                } catch (IOException | IllegalStateException e) {
                    outcome = "failed: " + e;
                    counts.merge("failed: " + fault.getKey(), 1, Integer::sum);
                }
                counts.merge(fault.getKey(), 1, Integer::sum);
                log.printf(Locale.ROOT, "%.1f %s: %s%n", sampler.seconds(), fault.getKey(), outcome);
            }
        }
    }

    /** The last fault ends the run: its images are gone for a moment. */
    private void end(Child trainer, Path run, Images images) throws IOException, InterruptedException {
        images.restoreAll();
        if (!trainer.alive()) {
            // Ctrl-C reaches it, too.
            if (!interrupted) {
                problems.add("the run ended by itself, exit code " + trainer.end() + ": " + work.resolve("train.txt"));
            }
            return;
        }
        Path away = work.resolve("images-away");
        Files.move(images.folder(), away);
        int code = trainer.end();
        Files.move(away, images.folder());
        if (code != 1 && !interrupted) {
            problems.add("exit code " + code + " when the images were gone");
        }
        whole(run, "when the images were gone");
    }

    private void resume(Path run) throws IOException, InterruptedException {
        int before = Checkpoint.summary(run.resolve("checkpoint.safetensors")).step();
        List<String> line = List.of("train", "--resume", "--output=" + run, "--threads=1", "--workers=1");
        try (Child resumed = Child.start(work.resolve("resumed.txt"), JAVA, line)) {
            resumed.await(() -> step(run) > before);
            resumed.signal("TERM");
            int code = resumed.end();
            if (code != STOPPED_BY_TERM) {
                problems.add("exit code " + code + " of the resumed run");
            }
        }
        whole(run, "at the end");
        System.out.printf("%d steps; resumed, stopped after step %d%n", before, step(run));
    }

    private static int step(Path run) {
        return Checkpoint.summary(run.resolve("checkpoint.safetensors")).step();
    }

    private void whole(Path run, String when) {
        try {
            LastCheckpoints.in(run).good().note().ifPresent(note -> problems.add(note + ", " + when));
        } catch (UserException e) {
            problems.add(e.getMessage() + ", " + when);
        }
    }
}
