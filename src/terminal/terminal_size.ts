/** The size of every terminal that is asked for, and that text is drawn for. */
export const TERMINAL_SIZE = { columns: 200, rows: 50 } as const;
