/**
 * The format of packed data (docs/pack-format.md): an index in JSON and shards that are mapped into memory. Nothing here
 * knows what an image source is, and nothing in a file is believed before it is checked.
 */
package attmask.data.pack;
