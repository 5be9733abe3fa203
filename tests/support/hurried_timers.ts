/**
 * Preloaded into a program under test: what would wait for {@link LONG_MS} or more happens
 * {@link TIMES} times as early, and the clock that such waits are measured by runs as fast.
 */
const LONG_MS = 8_000;
const TIMES = 40;

const timeout = globalThis.setTimeout;
const now = performance.now.bind(performance);
const start = now();

globalThis.setTimeout =
  ((run: () => void, ms = 0) => timeout(run, ms >= LONG_MS ? ms / TIMES : ms)) as typeof setTimeout;
performance.now = () => start + (now() - start) * TIMES;
