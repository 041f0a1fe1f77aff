/** `@tallyspan/sdk/sandbox`: programs that an agent wrote, run where they can reach nothing, as spans and metrics. */
export { observeExec, type ObserveExecOptions } from './observe-exec.ts';
export {
  type ExecOptions,
  type ExecResult,
  sandbox,
  type Sandbox,
  type SandboxLanguage,
  type SandboxOptions,
} from './sandbox.ts';
