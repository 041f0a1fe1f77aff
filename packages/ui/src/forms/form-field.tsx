import { useId, type ReactNode } from 'react';

/** What stands in a field: a text for inputs, one of the choices for a select. */
interface FieldProperties {
  label: string;
  value: string;
  onChange(value: string): void;
  hint?: ReactNode;
  /** What is wrong with it, in words. */
  problem?: string | undefined;
  required?: boolean;
}

export function TextField(
  properties: FieldProperties & {
    type?: 'text' | 'password' | 'datetime-local';
    inputMode?: 'text' | 'decimal' | 'numeric' | 'email' | 'url';
    placeholder?: string;
    autoComplete?: string;
    list?: readonly string[];
    autoFocus?: boolean;
  },
) {
  const {
    label,
    value,
    onChange,
    hint,
    problem,
    required,
    type = 'text',
    list,
    autoComplete = 'off',
    ...rest
  } = properties;
  const id = useId();
  return (
    <div className={`form-field${problem ? ' has-problem' : ''}`}>
      <label htmlFor={id}>
        {label}
        {required && <span aria-hidden="true"> *</span>}
      </label>
      <input
        id={id}
        type={type}
        value={value}
        required={required}
        autoComplete={autoComplete}
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={hint || problem ? `${id}-about` : undefined}
        list={list ? `${id}-list` : undefined}
        onChange={(event) => onChange(event.target.value)}
        {...rest}
      />
      {list && (
        <datalist id={`${id}-list`}>
          {list.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
      <About id={`${id}-about`} hint={hint} problem={problem} />
    </div>
  );
}

export function ChoiceField<Value extends string>(
  properties: Omit<FieldProperties, 'value' | 'onChange'> & {
    value: Value;
    onChange(value: Value): void;
    choices: readonly { value: Value; text: string }[];
  },
) {
  const { label, value, onChange, hint, problem, choices } = properties;
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint || problem ? `${id}-about` : undefined}
        onChange={(event) => onChange(event.target.value as Value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.text}
          </option>
        ))}
      </select>
      <About id={`${id}-about`} hint={hint} problem={problem} />
    </div>
  );
}

export function CheckField(properties: { label: string; value: boolean; onChange(value: boolean): void }) {
  return (
    <label className="check-field">
      <input
        type="checkbox"
        checked={properties.value}
        onChange={(event) => properties.onChange(event.target.checked)}
      />
      {properties.label}
    </label>
  );
}

function About({ id, hint, problem }: { id: string; hint: ReactNode; problem: string | undefined }) {
  if (!hint && !problem) return null;
  return (
    <p id={id} className={problem ? 'form-problem' : 'form-hint'}>
      {problem ?? hint}
    </p>
  );
}
