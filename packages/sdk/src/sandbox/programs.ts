/**
 * What runs in Deno before a program does. Each reads the program on its standard input, says by one byte 0 on its standard error that
 * the program begins now, and hands over.
 *
 * The program is no main module: those may import any JSON or text file of the machine, `import x from '/etc/passwd' with { type:
 * 'text' }`, without a permission. Of what is imported from a blob every import is checked.
 */

const begin = `
const bytes = (text) => new TextEncoder().encode(text);
const { code, env, ...given } = JSON.parse(await new Response(Deno.stdin.readable).text());
for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
const begins = () => Deno.stderr.writeSync(new Uint8Array(1));
`;

export const javascript = `${begin}
const url = URL.createObjectURL(new Blob([code], { type: given.type }));
const name = given.type.endsWith('typescript') ? 'main.ts' : 'main.js';
begins();
try {
  await import(url);
} catch (error) {
  console.error(String(error?.stack ?? error).replaceAll(url, name));
  Deno.exit(1);
}
`;

/** `jsglobals` keeps programs from JavaScript by accident only; what keeps them from the machine is Deno. */
export const python = `${begin}
const { loadPyodide } = await import(given.module);
const written = (file) => ({ write: (part) => file.writeSync(part) });
const python = await loadPyodide({ indexURL: given.folder, jsglobals: {}, env: { HOME: '/home', ...env } });
python.setStdin({ stdin: () => undefined });
python.setStdout(written(Deno.stdout));
python.setStderr(written(Deno.stderr));
const main = python.runPython(${JSON.stringify(`
async def main(code):
    import sys, traceback
    from pyodide.code import eval_code_async
    try:
        await eval_code_async(code, {'__name__': '__main__'}, filename='main.py')
        status = 0
    except SystemExit as end:
        status = end.code
        if status is None:
            status = 0
        elif not isinstance(status, int):
            print(status, file=sys.stderr)
            status = 1
    except BaseException as error:
        seen = error.__traceback__
        while seen is not None and seen.tb_frame.f_code.co_filename != 'main.py':
            seen = seen.tb_next
        traceback.print_exception(type(error), error, seen)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status & 255
main
`)});
begins();
Deno.exit(await main(code));
`;
