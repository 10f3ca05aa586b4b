/**
 * The PTX executor: runs the very kernels of the jar on the CPU, under checks, where there is no GPU.
 *
 * <p>From text to results: {@link attmask.ptx.PtxParser} reads statements; {@link attmask.ptx.Program} decodes each one
 * once, through {@link attmask.ptx.Decoder}, into an {@link attmask.ptx.Instruction} that works on 32 lanes, and groups
 * them into basic blocks; {@link attmask.ptx.Launch} runs {@link attmask.ptx.ThreadBlock}s, whose
 * {@link attmask.ptx.Warp}s hold the registers and bring lanes that part together again.
 *
 * <p>What is checked: bounds, alignment, freed and uninitialised memory ({@link attmask.ptx.GlobalAccess},
 * {@link attmask.ptx.SharedAccess}); races on shared memory ({@link attmask.ptx.SharedMemory}) and between blocks
 * ({@link attmask.ptx.BlockOrder}); barriers that not all reach; shuffles from lanes that are not there; cp.async that
 * nobody waited for ({@link attmask.ptx.PendingCopies}); streams that do not wait ({@link attmask.ptx.Streams}). An
 * {@link attmask.ptx.Adversary} chooses what a GPU leaves open. {@link attmask.ptx.LaunchReport} counts.
 *
 * <p>An instruction it does not know is an error that names it: add a line to a table ({@link
 * attmask.ptx.WordArithmetic}, {@link attmask.ptx.FloatArithmetic}, ...) and a micro-kernel to the conformance suite.
 */
package attmask.ptx;
