package attmask.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds what was probably meant: the word with the smallest edit distance (Levenshtein), spelling style aside. */
final class Nearest {
    private Nearest() {}

    /** The nearest of some words; among equals the first. */
    static String of(String word, Collection<String> words) {
        return words.stream()
                .min(Comparator.comparingInt(candidate -> distance(plain(word), plain(candidate))))
                .orElseThrow();
    }

    /** The nearest path; a bare last name, such as {@code ratio}, finds {@code mask.ratio}. */
    static String path(String path, Collection<String> paths) {
        String plain = plain(path);
        return paths.stream()
                .min(Comparator.comparingInt(known -> {
                    String lastName = known.substring(known.lastIndexOf('.') + 1);
                    return Math.min(distance(plain, plain(known)), distance(plain, plain(lastName)));
                }))
                .orElseThrow();
    }

    /** A name without its spelling style: learningRate, learning-rate and learning_rate are one. */
    static String plain(String name) {
        return name.replaceAll("[-_]", "").toLowerCase(Locale.ROOT);
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
