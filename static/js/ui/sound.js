// A sound of our own: two notes, made when it is needed. Browsers play none before somebody has clicked or typed in the tab.

const NOTES = [[880, 0], [660, 0.22], [880, 0.44]]; // Hz, and seconds after the beginning
const LASTS_S = 0.2;
const LOUDNESS = 0.25;
const WAIT_MS = 200;

let context = null;

/** Whether this tab can be heard: somebody has touched it since it was opened. */
export async function isAudible() {
  if (!globalThis.AudioContext) return false;
  context ??= new AudioContext();
  // Where nobody has touched the tab, this never ends.
  await Promise.race([context.resume().catch(() => {}), new Promise((done) => setTimeout(done, WAIT_MS))]);
  return context.state === "running";
}

/** Plays it, where that is allowed. */
export async function playBell() {
  if (!(await isAudible())) return;
  for (const [pitch, after] of NOTES) play(pitch, context.currentTime + after);
}

function play(pitch, at) {
  const note = new OscillatorNode(context, { type: "triangle", frequency: pitch });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + LASTS_S);
  note.connect(volume).connect(context.destination);
  note.start(at);
  note.stop(at + LASTS_S);
}
