staff-title = Staff
staff-lead = { $count ->
    [one] One person works here.
   *[other] { $count } people work here.
}
staff-all-factors = Everybody has set the second step.
staff-without-factor = { $count ->
    [one] One of them has not set the second step yet. Until then their roles do not count.
   *[other] { $count } of them have not set the second step yet. Until then their roles do not count.
}
staff-caption = Members of the staff, by name
staff-who = Who
staff-roles = Roles
staff-signed-in = Last signed in
staff-never = Not in the last months
staff-invited = Invited, not come yet
staff-factor-set = Set
staff-factor-missing = Not set yet
staff-factor-missing-about = Until it is set, the roles do not count.
staff-role-reviewer = Reviewer
staff-role-mediator = Mediator
staff-role-treasurer = Treasurer
staff-role-administrator = Administrator
staff-about-reviewer = Decides on applications and badges.
staff-about-mediator = Decides disputes.
staff-about-treasurer = Watches the money and pays out.
staff-about-administrator = Looks after the staff, the policies and the audit trail.
staff-member-lead = { $name }: { $roles }
staff-own = This is your own account. Another administrator changes it.
staff-trouble = When something is wrong
staff-invite-link = Invite somebody
staff-invite-heading = Invite somebody to the staff
staff-invite-lead = We mail them a link to set a password. It works once, within a day. Then they set the second step, and their roles count. Who has an account already keeps their password.
staff-invite-button = Send the invitation
staff-roles-link = Change the roles
staff-roles-heading = Roles of { $name }
staff-roles-lead = A role that you take counts no more at once. { $name } is told by mail.
staff-roles-button = Change the roles
staff-reset-link = Reset the second step
staff-reset-about = The phone is gone, and so are the recovery codes.
staff-reset-heading = Reset the second step of { $name }
staff-reset-lead = Make sure that it is { $name } who asks: call them, or meet them. Their app and recovery codes stop working and every sign-in ends. They set another app with their password, and are told by mail.
staff-reset-button = Reset the second step
staff-sessions-link = End every sign-in
staff-sessions-about = A browser was left open, or a laptop is gone.
staff-sessions-heading = End every sign-in of { $name }
staff-sessions-lead = They can sign in again with password and code, and are told by mail.
staff-sessions-button = End every sign-in
staff-recover-link = Somebody who is not staff lost their phone
staff-recover-heading = Reset somebody’s second step
staff-recover-lead = For who lost phone and recovery codes. Make sure that it is the owner of the account who asks. Every sign-in ends; the password stays; they are told by mail.
staff-recover-button = Reset the second step
staff-reason = Reason
staff-reason-hint = It stays in the audit trail. The person does not see it.
staff-cancel = Cancel
staff-role-missing = Choose at least one role.
staff-same = Nothing would change: these are the roles already.
staff-changed = The account was changed by somebody else meanwhile. Nothing was changed by you. Look again.
staff-no-factor = There is no account with this address that has a second step.
staff-disabled = The account of this address is closed.

overview-staff-about = Who works here, with which roles.

done-staff-invite = The invitation is on its way.
done-staff-roles = The roles are changed. The person is told by mail.
done-staff-reset = The second step is reset. The person is told by mail.
done-staff-sessions = Every sign-in is ended. The person is told by mail.
done-staff-recover = The second step is reset. The person is told by mail.

audit-action-second-factor-reset = Reset a second step
audit-action-staff-sessions-ended = Ended every sign-in
audit-field-sessions = Sign-ins ended

mail-accounts-staff-invited-subject = You are invited to work at Surety
mail-accounts-staff-invited-body = An administrator made you a member of the staff at Surety. Set a password by { $expires_at }; the link works once. Then we show you how to set up an app for the second step of signing in. If you did not expect this, do nothing.
mail-accounts-staff-invited-action = Set my password
mail-accounts-role-given-subject = You have a new role: { $role }
mail-accounts-role-given-body = An administrator gave you the role { $role } at Surety. It counts once you have signed in with password and code.
mail-accounts-role-given-action = Go to the staff’s pages
mail-accounts-role-taken-subject = You no longer have a role: { $role }
mail-accounts-role-taken-body = An administrator took the role { $role } from you at Surety, as of now. Your account stays. If you think that this is a mistake, ask an administrator.
mail-accounts-role-taken-action = Look at my account
mail-accounts-sessions-ended-subject = You were signed out everywhere
mail-accounts-sessions-ended-body = On { $ended_at } an administrator ended every sign-in to your account at Surety. You can sign in again as always. If you do not know why, ask an administrator.
mail-accounts-sessions-ended-action = Sign in
mail-accounts-second-factor-reset-subject = Your second step at sign-in was reset
mail-accounts-second-factor-reset-body = On { $changed_at } an administrator reset the second step of signing in to your account at Surety: the app, the passkeys and the recovery codes of before no longer work, and every sign-in was ended. Set up another app. If you did not ask for it, set a new password at once and tell an administrator.
mail-accounts-second-factor-reset-action = Set up another app
