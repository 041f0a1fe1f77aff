export type * from './store.ts';
export { dimensions } from './store.ts';
