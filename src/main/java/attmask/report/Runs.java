package attmask.report;

import attmask.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the runs that a user names by folders. */
public final class Runs {
    /** Folders of runs may be grouped twice: by what is compared, and by seed. */
    private static final int DEPTH = 3;

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final int LONGEST_NUMBER = 12;

    private Runs() {}

    /**
     * The runs in these folders, in order; of a folder that is no run, the runs below it, by name.
     *
     * @throws UserException if a folder holds none
     */
    public static List<Run> at(List<Path> folders) {
        List<Path> found = new ArrayList<>();
        for (Path folder : folders) {
            List<Path> here = find(folder.toAbsolutePath().normalize());
            if (here.isEmpty()) {
                throw new UserException(folder + (Files.isDirectory(folder) ? " holds no run" : " is no folder")
                        + "; name the --output of a train command, or a folder of several");
            }
            here.stream().filter(path -> !found.contains(path)).forEach(found::add);
        }
        List<String> names = names(found);
        List<Run> runs = new ArrayList<>();
        for (Path folder : found) {
            runs.add(Run.read(folder, names.get(runs.size()), runs.size()));
        }
        return runs;
    }

    private static List<Path> find(Path folder) {
        if (Run.isAt(folder)) {
            return List.of(folder);
        }
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> below = Files.walk(folder, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            return below.filter(Run::isAt)
                    .sorted(Comparator.comparing(Runs::counted).thenComparing(Comparator.naturalOrder()))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new UserException("cannot read " + folder + ": " + e.getMessage(), e);
        }
    }

    /** For sorting: numbers padded, so that run-10 comes after run-9. */
    private static String counted(Path folder) {
        return NUMBER.matcher(folder.toString())
                .replaceAll(number ->
                        "0".repeat(Math.max(0, LONGEST_NUMBER - number.group().length())) + number.group());
    }

    /** Each folder's own name, with as many of its parents as it takes to tell them apart. */
    private static List<String> names(List<Path> folders) {
        for (int parts = 1; ; parts++) {
            Map<String, Integer> counts = new HashMap<>();
            List<String> names = new ArrayList<>();
            boolean complete = true;
            for (Path folder : folders) {
                int count = folder.getNameCount();
                complete &= parts >= count;
                Path name = count == 0 ? folder : folder.subpath(Math.max(0, count - parts), count);
                names.add(name.toString());
                counts.merge(name.toString(), 1, Integer::sum);
            }
            if (complete || counts.values().stream().allMatch(count -> count == 1)) {
                return names;
            }
        }
    }
}
