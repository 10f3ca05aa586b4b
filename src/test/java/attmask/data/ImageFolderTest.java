package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import attmask.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
    @TempDir
    Path root;

    /** An image whose red tells one from another. */
    private void png(String path, int red) throws IOException {
        ImageFiles.png(root.resolve(path), red);
    }

    private static List<String> names(ImageSource source) {
        return IntStream.range(0, source.size()).mapToObj(source::name).toList();
    }

    private static List<Integer> labels(ImageSource source) {
        return IntStream.range(0, source.size()).map(source::label).boxed().toList();
    }

    private String refusal(Path folder) {
        String message = assertThrows(UserException.class, () -> ImageFolder.open(folder))
                .getMessage();
        assertTrue(message.contains(folder.toString()), message);
        assertEquals(1, message.lines().count());
        return message;
    }

    @Test
    void classFoldersInOrderOfTheirNames() throws IOException {
        png("dog/2.png", 20);
        png("dog/10.png", 10);
        png("cat/z.PNG", 30);
        png("cat/deep/er/a.png", 40);
        png("cat/deep/b.png", 50);
        png("bird/.hidden.png", 60);
        png(".trash/x.png", 70);
        Files.writeString(root.resolve("dog/notes.txt"), "no image");
        Files.writeString(root.resolve("readme.md"), "no image");
        Files.createDirectories(root.resolve("empty"));
        Files.createDirectories(root.resolve("cat/looks-like.png"));

        ImageFolder folder = ImageFolder.open(root);

        assertEquals(List.of("cat", "dog"), folder.classes());
        assertEquals(
                List.of("cat/z.PNG", "cat/deep/b.png", "cat/deep/er/a.png", "dog/10.png", "dog/2.png"), names(folder));
        assertEquals(List.of(0, 0, 0, 1, 1), labels(folder));
        assertTrue(folder.labelled());
        assertEquals(List.of(30, 50, 40, 10, 20), reds(folder));
    }

    private static List<Integer> reds(ImageSource source) throws IOException {
        List<Integer> reds = new ArrayList<>();
        for (int i = 0; i < source.size(); i++) {
            reds.add(source.image(i).get(0, 0, 0));
        }
        return reds;
    }

    @Test
    void aFlatFolderIsUnlabelled() throws IOException {
        png("b.png", 1);
        png("a.png", 2);
        ImageFolder folder = ImageFolder.open(root);
        assertEquals(List.of("a.png", "b.png"), names(folder));
        assertEquals(List.of(ImageSource.UNLABELLED, ImageSource.UNLABELLED), labels(folder));
        assertFalse(folder.labelled());
        assertEquals(List.of(2, 1), reds(folder));
    }

    @Test
    void knownClassesDecideTheLabels() throws IOException {
        png("cat/1.png", 1);
        png("fox/1.png", 2);
        List<String> known = List.of("ape", "cat", "dog", "fox");
        ImageFolder folder = ImageFolder.open(root, known);
        assertEquals(known, folder.classes());
        assertEquals(List.of(1, 3), labels(folder));
        UserException e = assertThrows(UserException.class, () -> ImageFolder.open(root, List.of("cat")));
        assertTrue(e.getMessage().contains("fox"), e.getMessage());
    }

    @Test
    void whatIsNotAFolderOfImagesIsRefusedWithItsPath() throws IOException {
        assertTrue(refusal(root.resolve("missing")).contains("does not exist"));
        assertTrue(refusal(root).contains("no images"));
        Files.createDirectories(root.resolve("class/sub"));
        Files.writeString(root.resolve("class/notes.txt"), "no image");
        assertTrue(refusal(root).contains("no images"));
        assertTrue(refusal(root.resolve("class/notes.txt")).contains("is a file"));
    }

    @Test
    void imagesBesideClassFoldersAreRefusedNotGuessedAt() throws IOException {
        png("stray.png", 1);
        png("dog/1.png", 2);
        String message = refusal(root);
        assertTrue(message.contains("stray.png") && message.contains("dog"), message);
    }

    @Test
    void aLinkToAFolderAboveDoesNotGoRoundForEver() throws IOException {
        png("dog/1.png", 1);
        try {
            Files.createSymbolicLink(root.resolve("dog/up"), root);
            Files.createSymbolicLink(root.resolve("dog/gone.png"), root.resolve("nowhere.png"));
        } catch (IOException | UnsupportedOperationException e) {
            assumeTrue(false, "no symbolic links here: " + e);
        }
        assertEquals(List.of("dog/1.png"), names(ImageFolder.open(root)));
    }

    @Test
    void aDamagedOrVanishedFileIsUnreadableNotFatal() throws IOException {
        png("dog/1.png", 1);
        Files.writeString(root.resolve("dog/2.jpg"), "not a picture");
        png("dog/3.png", 3);
        ImageFolder folder = ImageFolder.open(root);
        Files.delete(root.resolve("dog/3.png"));
        ReadableImages images = new ReadableImages(folder);
        assertEquals(0, images.imageOrNext(1).index());
        assertEquals(2, images.unreadableCount());
        assertTrue(images.unreadableNames().get(0).startsWith("dog/2.jpg: "));
        assertTrue(images.unreadableNames().get(1).startsWith("dog/3.png: "));
    }
}
