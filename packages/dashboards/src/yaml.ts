/** A value that YAML can say. Nothing else is needed for configuration, and nothing else is written. */
export type Yaml = string | number | boolean | Yaml[] | { [key: string]: Yaml };

/** Words that YAML 1.1 or 1.2 readers take for something other than text. */
const notText = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);

/**
 * Writes block style with two spaces; lists and maps that are empty stay on their line as [] and {}. Text that could be read as
 * something else is quoted. Keys keep their order. Ends with a line break.
 */
export function toYaml(value: Yaml): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: Yaml): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ['[]'];
    return value.flatMap((item) => lines(item).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`)));
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value);
    if (entries.length === 0) return ['{}'];
    return entries.flatMap(([key, child]) => {
      const below = lines(child);
      return isBlock(child)
        ? [`${scalar(key)}:`, ...below.map((line) => `  ${line}`)]
        : [`${scalar(key)}: ${below.join('')}`];
    });
  }
  return [scalar(value)];
}

function isBlock(value: Yaml): boolean {
  return typeof value === 'object' && Object.keys(value).length > 0;
}

function scalar(value: string | number | boolean): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError(`${value} has no place in a configuration.`);
  if (typeof value !== 'string') return String(value);
  const plain = /^[A-Za-z_][\w./-]*$/.test(value) && !notText.has(value.toLowerCase());
  // A JSON string is a double-quoted YAML string; these three are line breaks to YAML and text to JSON.
  return plain
    ? value
    : JSON.stringify(value).replace(
        /[\u0085\u2028\u2029]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
}
