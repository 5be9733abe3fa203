/** The terminal's screen at one moment. */
export interface ScreenSnapshot {
  /** One string per row, without trailing blanks. */
  readonly rows: readonly string[];
  readonly columns: number;
  /** Zero-based. */
  readonly cursor: { readonly row: number; readonly column: number };
  readonly title: string;
  readonly alternateScreen: boolean;
}
