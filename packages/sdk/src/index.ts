/** The face of the SDK. */
export { agent, type AgentDecorator, type AgentOptions, role } from './agent.ts';
export { observe } from './observe.ts';
export type { CaptureContent, InitOptions, WatchOptions } from './options.ts';
export { flush, init } from './pipeline.ts';
export { tool } from './tool.ts';
export { watch } from './watch.ts';
