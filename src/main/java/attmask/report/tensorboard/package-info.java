/** Event files, which TensorBoard shows, made from a run's log and pictures. */
package attmask.report.tensorboard;
