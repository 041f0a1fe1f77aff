import { styleText } from 'node:util';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * One line that says what is going on and for how long, replaced by one line that says how it went.
 * On a terminal the line moves; elsewhere only long work speaks up: after 5 s, then every 30 s.
 */
export function startProgress(title, stream = process.stdout) {
  const started = performance.now();
  const elapsed = (digits) => `${((performance.now() - started) / 1000).toFixed(digits)} s`;
  const timers = [];
  let frame = 0;

  if (stream.isTTY) {
    const draw = () => stream.write(`\r\u001B[2K  ${frames[frame++ % frames.length]} ${title}  ${dim(elapsed(0))}`);
    draw();
    timers.push(setInterval(draw, 120));
  } else {
    const speak = () => stream.write(`  … ${title}, ${elapsed(0)}\n`);
    timers.push(setTimeout(speak, 5_000), setInterval(speak, 30_000));
  }

  const line = (text) => stream.write(`${stream.isTTY ? '\r\u001B[2K' : ''}  ${text}\n`);
  const end = (mark, text) => {
    for (const timer of timers) clearTimeout(timer);
    line(`${mark} ${text}  ${dim(elapsed(1))}`);
  };
  return {
    note: (text) => line(text),
    done: (text = title) => end(styleText('green', '✓'), text),
    failed: (text = title) => end(styleText('red', '✗'), text),
  };
}

function dim(text) {
  return styleText('dim', text);
}
