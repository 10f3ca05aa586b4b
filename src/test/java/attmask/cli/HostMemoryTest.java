package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Free memory as Linux tells it, and control groups. */
class HostMemoryTest {
    private static final long MB = 1 << 20;

    @TempDir
    Path root;

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private long free() {
        return new HostMemory(root).free();
    }

    private void machine(long megabytes) throws IOException {
        write("proc/meminfo", "MemTotal: 99999999 kB\nMemFree: 1 kB\nMemAvailable:   " + megabytes * 1024 + " kB\n");
    }

    @Test
    void theMachines() throws IOException {
        machine(5000);
        assertEquals(5000 * MB, free());
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/memory.max", "max\n");
        write("sys/fs/cgroup/memory.current", "12345\n");
        assertEquals(5000 * MB, free());
    }

    /** The tightest of the groups on the way up decides; what it caches of files it can do without. */
    @Test
    void ofAGroupVersion2() throws IOException {
        machine(5000);
        write("proc/self/cgroup", "0::/user/job\n");
        write("sys/fs/cgroup/user/job/memory.max", "max\n");
        write("sys/fs/cgroup/user/memory.max", 1000 * MB + "\n");
        write("sys/fs/cgroup/user/memory.current", 700 * MB + "\n");
        write("sys/fs/cgroup/user/memory.stat", "anon 5\ninactive_file " + 200 * MB + "\n");
        assertEquals(500 * MB, free());
    }

    /** In a container the path is that of the machine, and the group itself lies at the top. */
    @Test
    void ofAContainer() throws IOException {
        machine(5000);
        write("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", 800 * MB + "\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", 300 * MB + "\n");
        write("sys/fs/cgroup/memory/memory.stat", "total_inactive_file " + 100 * MB + "\n");
        assertEquals(600 * MB, free());
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", 2000 * MB + "\n");
        assertEquals(0, free());
    }

    /** Paths out of the tree are not followed. */
    @Test
    void strangePaths() throws IOException {
        machine(10);
        write("proc/self/cgroup", "0::/../../..\nnonsense\n1::\n");
        assertEquals(10 * MB, free());
    }

    /** Where no kernel tells. */
    @Test
    void elsewhere() {
        assertEquals(Long.MAX_VALUE, free());
        assertTrue(HostMemory.heapFree() > 0);
        assertTrue(HostMemory.heapFree() <= Runtime.getRuntime().maxMemory());
    }
}
