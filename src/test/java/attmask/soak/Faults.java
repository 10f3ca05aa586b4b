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
    private final Map<String, Fault> faults = new LinkedHashMap<>();

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
        faults.put("image cut short", images::truncate);
        faults.put("image deleted", images::delete);
        faults.put("image replaced", images::replace);
        faults.put("image restored", images::restore);
        faults.put("page read", clients::page);
        faults.put("page read slowly", clients::slow);
        faults.put("run followed", clients::follow);
        faults.put("client gone", clients::gone);
        faults.put("half a request", clients::half);
        faults.put("log read", this::readLog);
        faults.put("SIGUSR1", this::save);
        faults.put("SIGSTOP and SIGCONT", this::pause);
        faults.put("report", () -> program("report", run.toString(), "--out=" + work.resolve("report.html")));
        faults.put("knn", () -> program("knn", run.toString(), "--data=" + images.folder(), "--k=10"));
        faults.put("second trainer", () -> program("train", "--resume", "--output=" + run));
        disk.ifPresent(own -> {
            faults.put("disk full", () -> disturb(own, own.fill()));
            faults.put("folder read-only", () -> disturb(own, own.readOnly()));
        });
    }

    /** A name and what to do. */
    Map.Entry<String, Fault> next() {
        List<Map.Entry<String, Fault>> all = new ArrayList<>(faults.entrySet());
        Map.Entry<String, Fault> chosen = all.get(random.nextInt(all.size()));
        boolean heavy = List.of("report", "knn", "second trainer").contains(chosen.getKey());
        return heavy && random.nextInt(PROGRAMS_ONE_IN) > 0 ? next() : chosen;
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
