import { ActionIcon, Button, Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../api/client.ts";
import { accountsQuery, sectionsQuery, tokensQuery } from "../api/queries.ts";
import type { Account, Section } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { Loaded, Waiting } from "../ui/states.tsx";
import { AccountDialog } from "./account-dialog.tsx";
import { TokenList } from "./token-list.tsx";

/** Who uses this server, what they may see, and by what they come in. */
export function AccountsTab() {
  const accounts = useQuery(accountsQuery);
  const sections = useQuery(sectionsQuery);
  const [editing, setEditing] = useState<Account | "new">();
  return (
    <>
      <Loaded query={accounts} waiting={<Waiting what="accounts" />}>
        {(all) => (
          <>
            {all.map((account) => (
              <AccountPanel
                key={account.id}
                account={account}
                sections={sections.data ?? []}
                onEdit={() => setEditing(account)}
              />
            ))}
          </>
        )}
      </Loaded>
      <Button variant="default" leftSection={<Icon name="add" size={16} />} onClick={() => setEditing("new")}>
        Add an account
      </Button>
      <AccountDialog
        key={editing === undefined || editing === "new" ? "new" : editing.id}
        account={editing}
        sections={sections.data ?? []}
        onClose={() => setEditing(undefined)}
      />
    </>
  );
}

function AccountPanel({
  account,
  sections,
  onEdit,
}: {
  account: Account;
  sections: readonly Section[];
  onEdit: () => void;
}) {
  const { id, name, owner } = account;
  const client = useQueryClient();
  const { confirm, say, fail } = useFeedback();
  const tokens = useQuery(tokensQuery);
  const remove = async () => {
    const sure = await confirm({
      title: `Remove ${name}?`,
      text: "Tokens end at once, open streams are closed, and hooks go. What was played stays in the history.",
      action: "Remove the account",
      danger: true,
    });
    if (!sure) return;
    try {
      await ask(`/api/v1/accounts/${id}`, { method: "DELETE" });
      say(`${name} was removed.`);
      await client.invalidateQueries({ queryKey: ["accounts"] });
    } catch (error) {
      fail(error);
    }
  };
  return (
    <Panel
      title={name}
      aside={
        owner ? (
          "Owner"
        ) : (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`}>
                <Icon name="more" />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<Icon name="edit" size={16} />} onClick={onEdit}>
                Change…
              </Menu.Item>
              <Menu.Item color="red" leftSection={<Icon name="trash" size={16} />} onClick={() => void remove()}>
                Remove…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )
      }
    >
      <p className="small muted account-sections">{sectionsText(account, sections)}</p>
      <TokenList account={account} tokens={tokens} />
    </Panel>
  );
}

function sectionsText({ owner, sections }: Account, all: readonly Section[]): string {
  if (owner) return "Sees and may do everything.";
  if (sections === "all") return "May use all sections, those that come later included.";
  if (sections.length === 0) return "May use no section.";
  const names = sections.map((id) => all.find(({ key }) => key === String(id))?.title ?? `section ${id}`);
  return `May use ${names.join(", ")}.`;
}
