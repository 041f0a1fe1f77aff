/**
 * The door of every command: `npm start`, `npm test`, `npm run check`, … all come through here.
 *
 * Plain JavaScript without dependencies, because it runs on the machine's own Node before anything is installed. It installs
 * what is missing, builds the page where a command shows it, and hands over to a TypeScript file on the Node that npm brought.
 * Everything below is imported late, so that an old Node reads its one line instead of a syntax error.
 */
const oldest = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    'Tallyspan needs Node ' +
      oldest.join('.') +
      ' or newer; this is ' +
      process.versions.node +
      '. Get one at https://nodejs.org.',
  );
  process.exitCode = 1;
} else {
  const { main } = await import('./bootstrap/main.mjs');
  process.exitCode = await main(process.argv.slice(2));
}
