import { SCOPE_FIELDS, type ScopeField } from '../../budgets/budget-draft.ts';
import { TextField } from '../../forms/form-field.tsx';

/** Whose calls. What is left empty is any. */
export function ScopeFields(properties: {
  legend: string;
  scope: Readonly<Record<ScopeField, string>>;
  onChange(scope: Record<ScopeField, string>): void;
}) {
  const { legend, scope, onChange } = properties;
  return (
    <fieldset className="form-set">
      <legend>{legend}</legend>
      <div className="form-grid">
        {SCOPE_FIELDS.map((name) => (
          <TextField
            key={name}
            label={name.charAt(0).toUpperCase() + name.slice(1)}
            value={scope[name]}
            placeholder="any"
            onChange={(value) => onChange({ ...scope, [name]: value })}
          />
        ))}
      </div>
    </fieldset>
  );
}
