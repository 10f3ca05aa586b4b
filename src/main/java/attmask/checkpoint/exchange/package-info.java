/** Weights to and from other programs: their files, their names for the parameters, and what a model's sizes are. */
package attmask.checkpoint.exchange;
