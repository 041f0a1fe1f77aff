/**
 * What of Node only the class and zero-code doors need, loaded when they do: to `import` these modules costs more than to load all of
 * our own code.
 */
export const files = () => process.getBuiltinModule('node:fs');
export const modules = () => process.getBuiltinModule('node:module');
