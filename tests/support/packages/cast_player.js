// asciinema's player for browsers, bundled by the tests that play recordings in one.
import { create } from "npm:asciinema-player@3.18.0";

/** Plays a recording without its pauses; resolves with what the terminal shows at the end. */
globalThis.playCast = async (data) => {
  const place = document.body.appendChild(document.createElement("div"));
  const player = create({ data }, place, { speed: 1000, idleTimeLimit: 0.01, preload: true });
  const ended = new Promise((resolve) => player.addEventListener("ended", resolve));
  await player.play();
  await ended;
  // The last output is drawn with the frames that follow.
  for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
  return place.querySelector(".ap-term-text").textContent;
};
