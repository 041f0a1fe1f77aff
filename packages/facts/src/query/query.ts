export { type Completion, completeFilter } from './complete-filter.ts';
export {
  type Field,
  type FieldName,
  type FieldType,
  filterFields,
  isFieldName,
  isTextField,
  type KeyedField,
  keyedFields,
  operatorsOf,
  type TextField,
} from './fields.ts';
export type { Comparison, FieldRef, Filter, Term } from './filter.ts';
export { parseFilter, type ParsedFilter } from './parse-filter.ts';
export { writeTerm } from './write-filter.ts';
