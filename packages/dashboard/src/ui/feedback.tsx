import { Button, Group, Modal } from "@mantine/core";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { Icon } from "./icons.tsx";
import { explain } from "./states.tsx";

interface Question {
  readonly title: string;
  readonly text: ReactNode;
  /** On the button that does it. */
  readonly action: string;
  readonly danger?: boolean;
}

interface Feedback {
  /** Asks before what cannot be undone. */
  confirm(question: Question): Promise<boolean>;
  /** Says that something was done. */
  say(text: string): void;
  /** Says that something failed, in the server's words. */
  fail(error: unknown): void;
}

interface Toast {
  readonly id: number;
  readonly kind: "good" | "bad";
  readonly text: string;
}

const Context = createContext<Feedback | undefined>(undefined);
const SHOWN_MS = 6_000;

export function useFeedback(): Feedback {
  const feedback = useContext(Context);
  if (feedback === undefined) throw new Error("outside of FeedbackProvider");
  return feedback;
}

export function FeedbackProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question>();
  const [open, setOpen] = useState(false);
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const answer = useRef<(yes: boolean) => void>(undefined);
  const nextId = useRef(0);

  const drop = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (kind: Toast["kind"], text: string) => {
      const id = nextId.current++;
      setToasts((shown) => [...shown.slice(-3), { id, kind, text }]);
      setTimeout(() => drop(id), kind === "bad" ? 2 * SHOWN_MS : SHOWN_MS);
    },
    [drop],
  );
  const feedback = useMemo<Feedback>(
    () => ({
      confirm(asked) {
        answer.current?.(false);
        setQuestion(asked);
        setOpen(true);
        return new Promise((resolve) => {
          answer.current = resolve;
        });
      },
      say: (text) => show("good", text),
      fail(error) {
        const { title, text } = explain(error);
        show("bad", text === "" ? title : `${title} ${text}`);
      },
    }),
    [show],
  );
  const decide = (yes: boolean) => {
    answer.current?.(yes);
    answer.current = undefined;
    setOpen(false);
  };

  return (
    <Context.Provider value={feedback}>
      {children}
      <Modal opened={open} onClose={() => decide(false)} title={question?.title} centered>
        <div>{question?.text}</div>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => decide(false)} data-autofocus>
            Cancel
          </Button>
          <Button {...(question?.danger === true ? { color: "red.8" } : {})} onClick={() => decide(true)}>
            {question?.action}
          </Button>
        </Group>
      </Modal>
      <div className="toasts" aria-live="polite">
        {toasts.map(({ id, kind, text }) => (
          <div key={id} className={`toast toast-${kind}`} role={kind === "bad" ? "alert" : "status"}>
            <Icon name={kind === "bad" ? "warning" : "check"} />
            <span>{text}</span>
            <button type="button" className="toast-close" aria-label="Dismiss" onClick={() => drop(id)}>
              <Icon name="close" size={14} />
            </button>
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}
