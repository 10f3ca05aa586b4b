package attmask;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.ObjectInputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/** Holds the packages' order, who may use which library, and that every op has its twins. */
@AnalyzeClasses(packages = "attmask", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /** Top to bottom: a package may import from lines below its own; packages on one line do not see each other. */
    private static final List<List<String>> LAYERS = List.of(
            List.of("cli"),
            List.of("verify", "comparison"),
            List.of("dashboard"),
            List.of("train"),
            List.of("report"),
            List.of("eval"),
            List.of("checkpoint"),
            List.of("data"),
            List.of("ssl"),
            List.of("masking"),
            List.of("optim"),
            List.of("nn"),
            List.of("ops.reference", "ops.cpu", "ops.cuda", "cuda.jcuda"),
            List.of("ops", "cuda"),
            List.of("tensor"),
            List.of("random"),
            List.of("file"),
            List.of("config"));

    /** Implementations behind the two seams: chosen in cli, unseen by everything else. */
    private static final String[] CHOSEN_BY_CLI = {
        "attmask.ops.reference..", "attmask.ops.cpu..", "attmask.ops.cuda..", "attmask.cuda.jcuda.."
    };

    @ArchTest
    static final ArchRule importsPointDown = classes().should(importOnlyFromLayersBelow());

    @ArchTest
    static final ArchRule noPackageCycles =
            slices().matching("attmask.(**)").should().beFreeOfCycles().allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyCliPicksABackend = noClasses()
            .that()
            .resideOutsideOfPackage("attmask.cli..")
            .and()
            .resideOutsideOfPackages(CHOSEN_BY_CLI)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CHOSEN_BY_CLI)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule jcudaStaysBehindTheDriver = onlyIn("attmask.cuda.jcuda..", "jcuda..");

    @ArchTest
    static final ArchRule oneDnnStaysInTheCpuBackend = onlyIn("attmask.ops.cpu..", "org.bytedeco..");

    @ArchTest
    static final ArchRule picocliStaysInCli = onlyIn("attmask.cli..", "picocli..");

    /** The JDK's HTTP server is a public module in spite of its name. */
    private static final String HTTP_SERVER = "com.sun.net.httpserver..";

    @ArchTest
    static final ArchRule noInternalsOfTheJdk = noClasses()
            .should()
            .dependOnClassesThat(resideInAnyPackage("sun..", "com.sun..", "jdk.internal..")
                    .and(resideOutsideOfPackage(HTTP_SERVER)));

    /** What a run does must not change when the clock of the machine is set; durations are of System.nanoTime. */
    @ArchTest
    static final ArchRule noTimeOfDay = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("attmask.train.TensorBoardView")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Clock.class, Instant.class, LocalDateTime.class, ZonedDateTime.class, Date.class);

    @ArchTest
    static final ArchRule httpStaysInTheDashboard = onlyIn("attmask.dashboard..", HTTP_SERVER);

    @ArchTest
    static final ArchRule pagesAreMadeByTheReport = onlyIn("attmask.report..", "com.samskivert..");

    /** A checkpoint is data: Java serialisation would let it run code. */
    @ArchTest
    static final ArchRule noDeserialisation =
            noClasses().should().dependOnClassesThat().areAssignableTo(ObjectInputStream.class);

    /**
     * Nor do names out of a file become code or commands; ops.cpu calls a function of its library that has no binding,
     * and signals are the JDK's own, where it has them.
     */
    @ArchTest
    static final ArchRule nothingIsRunByName = noClasses()
            .that()
            .resideOutsideOfPackage("attmask.ops.cpu..")
            .and(describe("do not belong to ProcessSignal", type -> !type.getName()
                    .startsWith("attmask.train.ProcessSignal")))
            .should()
            .dependOnClassesThat(resideInAnyPackage("javax.script..", "javax.naming..", "java.rmi.."))
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(ProcessBuilder.class, ClassLoader.class, Method.class, Constructor.class)
            .orShould()
            .callMethodWhere(named(Class.class, "forName"))
            .orShould()
            .callMethodWhere(named(Runtime.class, "exec"));

    private static DescribedPredicate<JavaMethodCall> named(Class<?> owner, String method) {
        return describe(
                "call " + owner.getSimpleName() + "." + method,
                call -> call.getTargetOwner().isEquivalentTo(owner)
                        && call.getName().equals(method));
    }

    @ArchTest
    static final ArchRule randomnessComesFromRandomStream = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Random.class, SplittableRandom.class, ThreadLocalRandom.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethod(Collections.class, "shuffle", List.class);

    @ArchTest
    static final ArchRule onlyTheOuterLayersPrint = noClasses()
            .that()
            .resideOutsideOfPackages("attmask.cli..", "attmask.report..", "attmask.train..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(Throwable.class, "printStackTrace")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyCliExits = noClasses()
            .that()
            .resideOutsideOfPackage("attmask.cli..")
            .should()
            .callMethod(System.class, "exit", int.class)
            .allowEmptyShould(true);

    /**
     * One name, every file: ops.LayerNorm, ReferenceLayerNorm, CpuLayerNorm, CudaLayerNorm, LayerNormTest,
     * kernels/layer_norm.cu and LayerNormBenchmark.
     */
    @ArchTest
    static final ArchRule everyOpHasItsTwins =
            classes().that(areOps()).should(haveTwins()).allowEmptyShould(true);

    private static ArchRule onlyIn(String owner, String library) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(owner)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .allowEmptyShould(true);
    }

    private static ArchCondition<JavaClass> importOnlyFromLayersBelow() {
        return new ArchCondition<>("import only from layers below their own") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                int from = line(layer(origin));
                if (from < 0) {
                    events.add(
                            SimpleConditionEvent.violated(origin, origin.getName() + " is in no layer of the table"));
                }
                for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    boolean inside = layer(target).equals(layer(origin));
                    if (target.getPackageName().startsWith("attmask") && !inside && line(layer(target)) <= from) {
                        events.add(SimpleConditionEvent.violated(
                                origin, "up or sideways: " + dependency.getDescription()));
                    }
                }
            }
        };
    }

    /** The table's entry for a class's package or the nearest package around it; "" when there is none. */
    private static String layer(JavaClass type) {
        String name = type.getPackageName();
        while (name.startsWith("attmask.")) {
            String entry = name.substring("attmask.".length());
            if (line(entry) >= 0) {
                return entry;
            }
            name = name.substring(0, name.lastIndexOf('.'));
        }
        return "";
    }

    private static int line(String entry) {
        for (int i = 0; i < LAYERS.size(); i++) {
            if (LAYERS.get(i).contains(entry)) {
                return i;
            }
        }
        return -1;
    }

    private static DescribedPredicate<JavaClass> areOps() {
        return DescribedPredicate.describe(
                "are ops (abstract classes of attmask.ops)",
                type -> type.getPackageName().equals("attmask.ops")
                        && type.isTopLevelClass()
                        && !type.isInterface()
                        && !type.getSimpleName().equals("Backend")
                        && type.getModifiers().contains(JavaModifier.ABSTRACT));
    }

    private static ArchCondition<JavaClass> haveTwins() {
        return new ArchCondition<>("have an implementation in each backend, a kernel, a test and a benchmark") {
            @Override
            public void check(JavaClass op, ConditionEvents events) {
                String name = op.getSimpleName();
                for (String backend : List.of("reference.Reference", "cpu.Cpu", "cuda.Cuda")) {
                    String twin = "attmask.ops." + backend + name;
                    Class<?> found = find(twin);
                    if (found == null || !op.reflect().isAssignableFrom(found)) {
                        events.add(
                                SimpleConditionEvent.violated(op, twin + " does not exist or does not extend " + name));
                    }
                }
                if (find("attmask.ops." + name + "Test") == null) {
                    events.add(SimpleConditionEvent.violated(op, "attmask.ops." + name + "Test does not exist"));
                }
                for (Path file : List.of(kernel(name), benchmark(name))) {
                    if (!Files.exists(file)) {
                        events.add(SimpleConditionEvent.violated(op, file + " does not exist"));
                    }
                }
            }
        };
    }

    /** LayerNorm is kernels/layer_norm.cu. */
    private static Path kernel(String op) {
        return Path.of("kernels", op.replaceAll("(?<!^)(?=[A-Z])", "_").toLowerCase(Locale.ROOT) + ".cu");
    }

    private static Path benchmark(String op) {
        return Path.of("benchmarks/src/main/java/attmask/benchmarks", op + "Benchmark.java");
    }

    private static Class<?> find(String name) {
        try {
            return Class.forName(name, false, ArchitectureTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return null;
        }
    }
}
