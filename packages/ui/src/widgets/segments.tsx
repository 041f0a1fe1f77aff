/** A choice among a few, each a button that says whether it is chosen. */
export function Segments<Value extends string>(properties: {
  label: string;
  choices: readonly { value: Value; text: string; title?: string }[];
  value: Value | undefined;
  onChoose(value: Value): void;
}) {
  return (
    <div className="segments" role="group" aria-label={properties.label}>
      {properties.choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          title={choice.title}
          aria-pressed={choice.value === properties.value}
          onClick={() => properties.onChoose(choice.value)}
        >
          {choice.text}
        </button>
      ))}
    </div>
  );
}
