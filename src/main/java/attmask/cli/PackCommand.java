package attmask.cli;

import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.data.ImagePacker;
import attmask.data.pack.Pack;
import attmask.data.pack.PackIndex;
import attmask.data.pack.ShardWriter;
import attmask.file.FileProblem;
import attmask.file.Untrusted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pack}: many small files into few large ones. */
@Command(
        name = "pack",
        description = "Packs images into a few large files that are mapped into memory; --data takes the result."
                + " Order, names, labels and train/val stay.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class PackCommand implements Callable<Integer> {
    /** Files as they are, or pixels. */
    private static final class Form {
        @Option(names = "--original", description = "the images' files as they are (the default)")
        private boolean original;

        @Option(
                names = "--shorter-side",
                paramLabel = "N",
                description = "decoded pixels; images with more than N pixels on their shorter side are reduced to N:"
                        + " faster to read, most often larger")
        private int shorterSide;

        /** 0 for files as they are. */
        int pixels() {
            if (!original && shorterSide < 1) {
                throw new UserException("--shorter-side is " + shorterSide + "; it must be 1 or more");
            }
            return original ? 0 : shorterSide;
        }
    }

    @Parameters(
            paramLabel = "DATA",
            description = "a folder of images that train takes, or a .tar; with --verify a pack")
    private Path data;

    @Option(
            names = {"--output", "-o"},
            paramLabel = "FILE.pack",
            description = "the pack's index; its shards FILE-00000.shard, ... go beside it. Without it DATA.pack")
    private Path output;

    @ArgGroup
    private Form form;

    @Option(
            names = "--shard-size",
            paramLabel = "SIZE",
            description = "of a shard, at most 1GB; only a single image may exceed it",
            converter = ByteCountConverter.class,
            defaultValue = "1GB")
    private long shardSize;

    @Option(names = "--resume", description = "go on where an earlier one was stopped")
    private boolean resume;

    @Option(
            names = "--verify",
            description = "compare all checksums of the pack DATA instead; exit code 1 if one is wrong")
    private boolean verify;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "threads that read and decode; 0 for one on each core",
            defaultValue = "0")
    private int threads;

    @Override
    public Integer call() {
        if (verify) {
            verify();
        } else {
            pack();
        }
        return 0;
    }

    private void pack() {
        ImagePacker.Options options = options();
        Path target = output == null ? besideData() : output;
        if (!PackIndex.isNameOfPack(target)) {
            throw new UserException("--output is " + target + "; its name must end in " + PackIndex.EXTENSION);
        }
        DataSet images = DataSets.at(data);
        requireOutside(target);
        System.out.printf(
                "data     %s: %,d training and %,d validation images%n",
                data, images.train().size(), images.validation().size());
        ImagePacker packer = new ImagePacker(images, target, options);
        if (packer.packed() > 0) {
            System.out.printf("kept     %,d images in %s%n", packer.packed(), shards(packer.shards()));
        }
        requireSpace(target, packer.estimate());
        try (ConsoleProgress progress = new ConsoleProgress("pack", packer.images(), "images")) {
            packer.pack(done -> progress.at(done, ""));
        }
        System.out.printf(
                "wrote    %s: %,d images in %s, %s%s%n",
                target,
                packer.images(),
                shards(packer.shards()),
                ByteCountConverter.text(packer.bytes()),
                packer.unreadable() == 0
                        ? ""
                        : String.format(", %,d of them unreadable: train passes over them", packer.unreadable()));
    }

    private ImagePacker.Options options() {
        if (shardSize < 1 || shardSize > ShardWriter.LARGEST) {
            throw new UserException("--shard-size is " + ByteCountConverter.text(shardSize)
                    + "; it must be above 0 and at most " + ByteCountConverter.text(ShardWriter.LARGEST));
        }
        if (threads < 0) {
            throw new UserException("--threads is " + threads + "; it must be 0 or more");
        }
        return new ImagePacker.Options(form == null ? 0 : form.pixels(), shardSize, resume, Devices.threads(threads));
    }

    private static String shards(int count) {
        return count == 1 ? "1 shard" : count + " shards";
    }

    private Path besideData() {
        Path folder = data.toAbsolutePath().normalize();
        if (folder.getFileName() == null) {
            throw new UserException("data " + data + " has no name; name the pack with --output FILE.pack");
        }
        return folder.resolveSibling(
                folder.getFileName().toString().replaceFirst("\\.(tar|pack)$", "") + PackIndex.EXTENSION);
    }

    private void requireOutside(Path target) {
        try {
            Path folder = target.toAbsolutePath().getParent().toRealPath();
            if (Files.isDirectory(data) && folder.startsWith(data.toRealPath())) {
                throw new UserException(
                        "--output " + target + " lies inside the data folder " + data + ": name a place outside of it");
            }
        } catch (IOException e) {
            throw new UserException(
                    "cannot write " + target + ": " + FileProblem.reason(e) + "; check that its folder exists", e);
        }
    }

    private void requireSpace(Path target, long estimate) {
        try {
            long free = Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace();
            System.out.printf(
                    "estimate about %s to write, %s free%n",
                    ByteCountConverter.text(estimate), ByteCountConverter.text(free));
            if (estimate > free) {
                throw new UserException("the pack would take about " + ByteCountConverter.text(estimate) + ", but only "
                        + ByteCountConverter.text(free) + " are free beside " + target
                        + ": name another disk with --output, or choose a smaller --shorter-side");
            }
        } catch (IOException e) {
            throw new UserException("cannot ask for free space beside " + target + ": " + FileProblem.reason(e), e);
        }
    }

    private void verify() {
        Pack pack = Pack.open(data);
        List<Pack.Place> damaged;
        try (ConsoleProgress progress = new ConsoleProgress("verify", pack.images(), "images")) {
            damaged = pack.verify(done -> progress.at(done, ""));
        }
        if (!damaged.isEmpty()) {
            Pack.Place first = damaged.get(0);
            throw new UserException(String.format(
                    "%,d of %,d images of pack %s are damaged, the first %s in %s: copy that shard again, or remove it and"
                            + " pack again with --resume",
                    damaged.size(),
                    pack.images(),
                    data,
                    Untrusted.shown(first.name()),
                    first.shard().file()));
        }
        System.out.printf(
                "%s: %,d images in %s, %s, all checksums right%n",
                data, pack.images(), shards(pack.index().shards().size()), ByteCountConverter.text(pack.bytes()));
    }
}
