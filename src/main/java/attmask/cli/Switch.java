package attmask.cli;

/** The value of an option that is on or off. */
enum Switch {
    ON,
    OFF
}
