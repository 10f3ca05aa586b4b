# A thin menu; the build itself is pom.xml. JAVA_HOME chooses the JDK, otherwise the java on the PATH.
.DELETE_ON_ERROR:
.PHONY: help train test kills soak bench comparison gpu-check counters fuzz screenshots ptx fmt jar clean tools

JAR = target/attmask-jcuda.jar
JAVA = $${JAVA_HOME:+$$JAVA_HOME/bin/}java
MVN = mvn -B -ntp
QUIET = -Dorg.slf4j.simpleLogger.defaultLogLevel=warn
# What the manifest calls Git-Commit; a copy of the sources without .git says unknown.
COMMIT = $$(test -e .git && git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
# Directories too, so that a deleted file rebuilds the jar.
SOURCES := $(shell find src/main kernels/ptx)
# As the jar's manifest and .mvn/jvm.config have it; JMH hands these on to its forks.
BENCH_JVM = -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
DEPENDENCY = org.apache.maven.plugins:maven-dependency-plugin:3.9.0
CUDA_SOURCES := $(wildcard kernels/*.cu)
CUDA_HEADERS := $(sort $(wildcard kernels/*.cuh))
PTX_DIR = kernels/ptx
PTX = $(CUDA_SOURCES:kernels/%.cu=$(PTX_DIR)/%.ptx)

help:
	@echo 'make train   pre-train on the built-in images; make train ARGS="--help" shows the options'
	@echo 'make test    format check, Error Prone, every test'
	@echo 'make kills   kill -9 a run at random moments, KILLS times (200), and compare what comes of it'
	@echo 'make soak HOURS=2   train that long while faults are injected; are memory, threads and handles flat? (Linux)'
	@echo 'make bench   JMH benchmarks; make bench ARGS="LayerNorm" runs those of that name'
	@echo 'make comparison RUNS=DIR   results of compare --preset cifar10-mini in DIR, to benchmarks/results'
	@echo 'make gpu-check   on a machine with a GPU: all that can only be seen there, one table'
	@echo 'make counters  count what each kernel does, to benchmarks/results/kernel-counters.md'
	@echo 'make fuzz SECONDS=600 TARGETS="png pickle"   give parsers bytes that Jazzer thinks up; without TARGETS all of them'
	@echo 'make screenshots  docs/report*.png and docs/dashboard.png, from two short runs, with Chromium'
	@echo 'make ptx     compile kernels/*.cu with nvcc to kernels/ptx'
	@echo 'make fmt     format the sources'
	@echo 'make jar     build $(JAR)'
	@echo 'make clean   delete what was built'
	@echo
	@echo 'Needs a JDK 17 or later (JAVA_HOME, or java on the PATH) and Maven. The first build downloads the libraries.'

train: $(JAR)
	@exec "$(JAVA)" -jar $(JAR) train $(ARGS)

jar: $(JAR)
	@echo "$(JAR) is up to date"

$(JAR): pom.xml .mvn/jvm.config LICENSE NOTICE $(SOURCES) | tools
	@echo "Building $(JAR)"
	@$(MVN) $(QUIET) -Dmaven.test.skip -Dgit.commit=$(COMMIT) package
	@touch $@

test: tools
	@rm -rf target/surefire-reports
	@$(MVN) $(QUIET) -Dorg.slf4j.simpleLogger.log.org.apache.maven.plugin.surefire=info -Dgit.commit=$(COMMIT) \
		spotless:check verify $(ARGS)
	@sed -n -e 's/.*<skipped message="\([^"]*\)".*/skipped: \1/p' -e 's/.*<skipped type=.*Assumption failed: /skipped: /p' \
		target/surefire-reports/*.xml | sort | uniq -c
	@"$(JAVA)" -jar $(JAR) verify >target/verify.txt || { cat target/verify.txt; exit 1; }
	@tail -n 1 target/verify.txt
	@echo "All tests passed"

# A report, not a test: its name keeps it out of make test, which does a few.
kills: tools
	@$(MVN) $(QUIET) -Dtest=KillsReport -Dkills=$(or $(KILLS),200) test
	@cat target/surefire-reports/attmask.cli.KillsReport-output.txt

# Also a full disk and a read-only folder, if it may mount (root). Samples, faults and summary stay in target/soak.
HOURS = 2
SEED = 1
soak: tools
	@$(MVN) $(QUIET) -DskipTests test-compile
	@$(MVN) $(QUIET) $(DEPENDENCY):build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/test-classpath
	@rm -rf target/soak && mkdir target/soak
	@exec "$(JAVA)" -cp "target/test-classes:target/classes:$$(cat target/test-classpath)" attmask.soak.Soak \
		$(HOURS) target/soak $(SEED)

bench: tools
	@$(MVN) $(QUIET) -Dmaven.test.skip -f benchmarks/reactor.xml compile
	@echo "commit $(COMMIT), $$(uname -sm), $$(getconf _NPROCESSORS_ONLN) processors:$$( \
		sed -n 's/^model name[^:]*:/ /p' /proc/cpuinfo 2>/dev/null | head -n 1)"
	@exec "$(JAVA)" $(BENCH_JVM) -cp "benchmarks/target/classes:$$(cat benchmarks/target/classpath)" attmask.benchmarks.Benchmarks $(ARGS)

# Runs take long, so they are made beforehand: compare --preset cifar10-mini --data DIR --output RUNS.
comparison: $(JAR)
	@test -n "$(RUNS)" || { echo "Say where compare wrote to: make comparison RUNS=DIR" >&2; exit 2; }
	@"$(JAVA)" -jar $(JAR) compare --status "$(RUNS)"
	@cp "$(RUNS)/comparison.md" benchmarks/results/comparison-cifar10.md
	@echo "Wrote benchmarks/results/comparison-cifar10.md"

# The class path: the program, its tests, the benchmarks, and their libraries.
gpu-check: tools
	@$(MVN) $(QUIET) -DskipTests -f benchmarks/reactor.xml test-compile
	@$(MVN) $(QUIET) $(DEPENDENCY):build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/test-classpath
	@exec "$(JAVA)" $(BENCH_JVM) -cp "target/test-classes:benchmarks/target/classes:$$(cat benchmarks/target/classpath \
		):$$(cat target/test-classpath)" attmask.gpu.GpuCheck

# A report, not a test: its name keeps it out of make test. A whole step of ViT-Small, executed, needs the memory. Where
# JCuda's PTX compiler does not load it is skipped, and mv fails.
counters: tools
	@rm -f target/kernel-counters.md
	@$(MVN) $(QUIET) -Dgit.commit=$(COMMIT) -Dtest.heap=8g -Dtest=KernelCountersReport test
	@mv target/kernel-counters.md benchmarks/results/kernel-counters.md
	@echo "Wrote benchmarks/results/kernel-counters.md"

SECONDS = 300
fuzz: tools
	@$(MVN) $(QUIET) -DskipTests test-compile
	@$(MVN) $(QUIET) -Pfuzz $(DEPENDENCY):build-classpath -Dmdep.includeScope=test -Dmdep.outputFile=target/fuzz-classpath
	@exec "$(JAVA)" -cp "target/test-classes:target/classes:$$(cat target/fuzz-classpath)" attmask.fuzz.Fuzzing \
		$(SECONDS) $(TARGETS)

# A report, not a test: its name keeps it out of make test. Minutes, of training; the runs stay in target/screenshots.
screenshots: tools
	@$(MVN) $(QUIET) -Dtest=ScreenshotsReport test
	@ls -l docs/report.png docs/report-dark.png docs/dashboard.png

fmt: tools
	@$(MVN) $(QUIET) spotless:apply

ptx: $(PTX)
	@test -n "$(PTX)" || echo "There are no kernels yet (kernels/*.cu)"

# Only when asked for: a fresh clone's files have no order in time, and few machines have nvcc.
ifneq ($(filter ptx %.ptx,$(MAKECMDGOALS)),)
# compute_80 runs on every GPU since Ampere; .version 7.8 is what drivers since CUDA 11.8 read. The first line ties the
# result to its sources, so that the tests see without nvcc when it is stale.
$(PTX_DIR)/%.ptx: kernels/%.cu $(CUDA_HEADERS)
	@command -v nvcc >/dev/null || { echo "make ptx needs nvcc (CUDA toolkit); the committed kernels/ptx run without it" >&2; exit 1; }
	@mkdir -p $(PTX_DIR)
	nvcc -ptx -arch=compute_80 -o $@.tmp $<
	@echo "// source sha256 $$(cat $< $(CUDA_HEADERS) | sha256sum | cut -d' ' -f1)" >$@
	@sed 's/^\.version .*/.version 7.8/' $@.tmp >>$@
	@rm $@.tmp
endif

clean:
	@rm -rf target benchmarks/target

tools:
	@command -v mvn >/dev/null || { echo "Maven is missing: install it (mvn) and put it on the PATH" >&2; exit 1; }
	@command -v "$(JAVA)c" >/dev/null || { echo "No JDK: install JDK 17 or later, and set JAVA_HOME to it or put it on the PATH" >&2; exit 1; }
	@v=$$("$(JAVA)" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p'); test "$${v:-0}" -ge 17 \
		|| { echo "JDK $${v:-?} is too old: set JAVA_HOME to JDK 17 or later" >&2; exit 1; }
