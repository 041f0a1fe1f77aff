export { renderCostTree } from './cost-tree.ts';
