/** The backbone as a program of ONNX operators, for other runtimes. */
package attmask.checkpoint.onnx;
