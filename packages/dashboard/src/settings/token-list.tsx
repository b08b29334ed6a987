import { ActionIcon, Button, Group, Modal, TextInput, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ask } from "../api/client.ts";
import type { Account, Token } from "../api/types.ts";
import { CopyButton } from "../ui/copy.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon } from "../ui/icons.tsx";
import { Loaded, Skeletons } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";

interface TokensQuery {
  readonly data: readonly Token[] | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** The tokens and signed-in browsers of an account. A token is shown once, when it is made. */
export function TokenList({ account, tokens }: { account: Account; tokens: TokensQuery }) {
  const client = useQueryClient();
  const { confirm, fail } = useFeedback();
  const [naming, setNaming] = useState(false);
  const revoke = async ({ id, name }: Token) => {
    const sure = await confirm({
      title: `Revoke “${name}”?`,
      text: "What uses it is refused from now on, and its open streams end.",
      action: "Revoke it",
      danger: true,
    });
    if (!sure) return;
    try {
      await ask(`/api/v1/tokens/${id}`, { method: "DELETE" });
      await client.invalidateQueries({ queryKey: ["tokens"] });
    } catch (error) {
      fail(error);
    }
  };
  return (
    <>
      <Loaded query={tokens} waiting={<Skeletons count={1} className="row-skeleton" />}>
        {(all) => (
          <ul className="rows">
            {all
              .filter(({ accountId }) => accountId === account.id)
              .map((token) => (
                <li key={token.id}>
                  <Icon name={token.kind === "browser" ? "device" : "key"} size={16} />
                  <span className="clip">{token.name}</span>
                  <span className="muted">
                    {token.lastUsedAt === undefined ? (
                      "never used"
                    ) : (
                      <>
                        used <Time at={token.lastUsedAt} />
                      </>
                    )}
                  </span>
                  <Tooltip label="Revoke">
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Revoke ${token.name}`}
                      onClick={() => void revoke(token)}
                    >
                      <Icon name="trash" size={16} />
                    </ActionIcon>
                  </Tooltip>
                </li>
              ))}
          </ul>
        )}
      </Loaded>
      <Button variant="subtle" size="xs" leftSection={<Icon name="add" size={14} />} onClick={() => setNaming(true)}>
        New token
      </Button>
      <NewToken account={account} opened={naming} onClose={() => setNaming(false)} />
    </>
  );
}

function NewToken({ account, opened, onClose }: { account: Account; opened: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const { fail } = useFeedback();
  const [name, setName] = useState("");
  const [made, setMade] = useState<string>();
  const make = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const path = `/api/v1/accounts/${account.id}/tokens`;
      const { token } = await ask<{ readonly token: string }>(path, { method: "POST", body: { name: name.trim() } });
      setMade(token);
      await client.invalidateQueries({ queryKey: ["tokens"] });
    } catch (error) {
      fail(error);
    }
  };
  const close = () => {
    onClose();
    setMade(undefined);
    setName("");
  };
  return (
    <Modal opened={opened} onClose={close} title={`A token for ${account.name}`} centered>
      {made === undefined ? (
        <form onSubmit={(event) => void make(event)}>
          <TextInput
            label="What it is for"
            placeholder="Kitchen display"
            value={name}
            maxLength={100}
            onChange={({ currentTarget: { value } }) => setName(value)}
            required
            data-autofocus
          />
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" disabled={name.trim() === ""}>
              Make it
            </Button>
          </Group>
        </form>
      ) : (
        <>
          <p className="small">Copy it now: it is kept nowhere and is not shown again.</p>
          <div className="secret">
            <code className="mono" data-testid="token">
              {made}
            </code>
            <CopyButton text={made} label="Copy the token" />
          </div>
          <Group justify="flex-end" mt="lg">
            <Button onClick={close}>Done</Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
