package attmask.soak;

import attmask.random.RandomStream;
import attmask.testkit.Child;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is done to a run that trains, from outside; each is over, and undone where it can be, when it returns. */
final class Faults {
    private static final int LONGEST_MILLIS = 4000;
    /** Another program of ours beside the training takes seconds of the same processors. */
    private static final int PROGRAMS_ONE_IN = 4;

    /** Something to do; says to what. */
    interface Fault {
        String inject() throws IOException, InterruptedException;
    }

    private final Path work;
    private final Path run;
    private final Child trainer;
    private final RandomStream random;
    private final Map<String, Fault> anyTime = new LinkedHashMap<>();
    private final Map<String, Fault> late = new LinkedHashMap<>();

    Faults(
            Path work,
            Path run,
            Images images,
            Clients clients,
            Child trainer,
            Optional<SmallDisk> disk,
            RandomStream random) {
        this.work = work;
        this.run = run;
        this.trainer = trainer;
        this.random = random;
        anyTime.put("image cut short", images::truncate);
        anyTime.put("image deleted", images::delete);
        anyTime.put("image replaced", images::replace);
        anyTime.put("image restored", images::restore);
        anyTime.put("page read", clients::page);
        anyTime.put("page read slowly", clients::slow);
        anyTime.put("run followed", clients::follow);
        anyTime.put("client gone", clients::gone);
        anyTime.put("half a request", clients::half);
        anyTime.put("log read", this::readLog);
        anyTime.put("SIGUSR1", this::save);
        anyTime.put("SIGSTOP and SIGCONT", this::pause);
        anyTime.put("report", () -> program("report", run.toString(), "--out=" + work.resolve("report.html")));
        anyTime.put("knn", () -> program("knn", run.toString(), "--data=" + images.folder(), "--k=10"));
        anyTime.put("second trainer", () -> program("train", "--resume", "--output=" + run));
        disk.ifPresent(own -> {
            late.put("disk full", () -> disturb(own, own.fill()));
            late.put("folder read-only", () -> disturb(own, own.readOnly()));
        });
    }

    /**
     * A name and what to do.
     *
     * @param ending also what the run has less of afterwards: its events for TensorBoard
     */
    Map.Entry<String, Fault> next(boolean ending) {
        List<Map.Entry<String, Fault>> all = new ArrayList<>(anyTime.entrySet());
        if (ending) {
            all.addAll(late.entrySet());
        }
        Map.Entry<String, Fault> chosen = all.get(random.nextInt(all.size()));
        boolean heavy = List.of("report", "knn", "second trainer").contains(chosen.getKey());
        return heavy && random.nextInt(PROGRAMS_ONE_IN) > 0 ? next(ending) : chosen;
    }

    private String save() throws IOException, InterruptedException {
        trainer.signal("USR1");
        return "";
    }

    private String pause() throws IOException, InterruptedException {
        int millis = random.nextInt(LONGEST_MILLIS);
        trainer.signal("STOP");
        Thread.sleep(millis);
        trainer.signal("CONT");
        return millis + " ms";
    }

    private String disturb(SmallDisk own, boolean disturbed) throws IOException, InterruptedException {
        int millis = random.nextInt(LONGEST_MILLIS);
        Thread.sleep(millis);
        own.restore();
        return disturbed ? millis + " ms" : "not possible this time";
    }

    /** Open for a while, also beyond what it reads. */
    private String readLog() throws IOException, InterruptedException {
        try (InputStream log = Files.newInputStream(run.resolve("log.jsonl"))) {
            long bytes = log.readAllBytes().length;
            Thread.sleep(random.nextInt(LONGEST_MILLIS));
            return bytes + " bytes";
        }
    }

    private String program(String... arguments) throws IOException, InterruptedException {
        Path output = work.resolve("program.txt");
        try (Child child = Child.start(output, List.of(arguments))) {
            int code = child.end();
            return "exit code " + code + ", "
                    + child.output().lines().reduce((first, last) -> last).orElse("");
        }
    }
}
